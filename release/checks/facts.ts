import type { EvidenceRules, GateRun, ReadDocument, RunSummary } from '@canary-gate/gate-kernel'
import { z } from 'zod'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const commit = z.string().regex(/^[0-9a-f]{40}$/)
const path = z.string().min(1)

/** What a release of the packages is made from, and where it is tried and announced. Paths are absolute. */
export const world = z.strictObject({
  /** `rehearsal` where everything was made for this run. */
  name: z.string().default('release'),
  /** Of the release, e.g. v1.2.0; its commit is asked of GitHub. */
  tag: z.string().regex(/^v\d+\.\d+\.\d+(?:-[\w.]+)?$/),
  /** Folder of the packed tarballs. */
  tarballs: path,
  /** The provenance statement (DSSE), and the public key of who may sign it (PEM). */
  provenance: z.strictObject({ file: path, verifyingKey: path }),
  changelog: path,
  /** Public exports of the last release. */
  exports: path,
  /** What `npm run bench -- --record FILE` and `npm run matrix -- --record FILE` wrote. */
  benchmarks: path,
  matrix: path,
  /** True where a part of the benchmarks and of the matrix suffices: a rehearsal. */
  partial: z.boolean().default(false),
  /** Versions of Node on which the packages are tried. */
  nodes: z.array(z.string().regex(/^\d+\.\d+\.\d+$/)).min(1),
  /** A registry on this machine where the tarballs are published for the trial; it passes on the rest. */
  registry: z.url({ protocol: /^http$/, hostname: /^(?:127\.0\.0\.1|localhost)$/ }),
  github: z.strictObject({
    apiUrl: z.url(),
    repositories: z.strictObject({ project: z.string().regex(/^[\w.-]+\/[\w.-]+$/) }),
    tokenEnv: z.string().default('GITHUB_TOKEN'),
    timeoutMs: z.int().positive().default(30_000),
    longestWaitMs: z.int().nonnegative().default(120_000),
    readBackAfterMs: z.int().min(500).default(15_000),
  }),
})

const record = z.object({ commit, played: z.array(z.string()), all: z.int() })

export const facts = {
  candidate: z.object({
    tag: z.string(),
    version: z.string(),
    commit,
    /** Over the digests of all tarballs. */
    sha256,
    packages: z.array(z.object({ name: z.string(), file: z.string(), sha256 })),
  }),
  provenance: z.object({ commit, sha256 }),
  benchmarks: record,
  matrix: record,
  installations: z.array(z.object({ name: z.string(), node: z.string(), folder: z.string() })),
  licences: z.record(z.string(), z.int()),
  comment: z.object({ body: z.string() }),
}

export type Run = GateRun<z.infer<typeof world>, typeof facts>
export type Candidate = z.infer<typeof facts.candidate>

/** Pause between the comment and reading it back. */
export function readBackAfterMs(run: Run): number {
  return run.world.github.readBackAfterMs
}

export async function summary(run: Run): Promise<RunSummary> {
  const name = { world: run.world.name }
  const candidate = await run.facts.read('candidate').catch(() => undefined)
  if (candidate === undefined) return name
  const { tag, version, commit: of } = candidate
  const comment = await run.facts.read('comment').catch(() => undefined)
  return {
    ...{ ...name, candidate: { tag, version, commit: of } },
    ...(comment && { drafts: { 'release-comment': comment.body } }),
  }
}

/** What an auditor compares again, from the facts themselves. */
export const evidence: EvidenceRules = {
  inputsOf: () => Promise.resolve(Object.keys(facts).map((name) => `run/facts/${name}.json`)),
  logsOf: () => Promise.resolve([]),
  async candidateOf(read) {
    const candidate = await factOf(read, 'candidate')
    return candidate && { name: candidate.tag, sha256: candidate.sha256 }
  },
  async contradictions(read, { candidate: named }) {
    const candidate = await factOf(read, 'candidate')
    const others = ['provenance', 'benchmarks', 'matrix'] as const
    const commits = await Promise.all(others.map((name) => factOf(read, name)))
    return [
      ...(candidate?.tag === named?.tag && candidate?.commit === named?.commit
        ? []
        : ['the candidate of the evidence is not the one that was proven']),
      ...others.flatMap((name, at) =>
        commits[at]?.commit === candidate?.commit
          ? []
          : [`${name} is not of the candidate's commit`],
      ),
    ]
  },
}

async function factOf<Name extends keyof typeof facts>(
  read: ReadDocument,
  name: Name,
): Promise<z.infer<(typeof facts)[Name]> | undefined> {
  const parsed = facts[name].safeParse(await read(`run/facts/${name}.json`))
  return parsed.success ? (parsed.data as z.infer<(typeof facts)[Name]>) : undefined
}
