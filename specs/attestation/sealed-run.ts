import { generateKeyPairSync } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { gate } from '../../gate/gate.ts'
import { attest } from '../../packages/gate-kernel/src/attestation/attest.ts'
import { readSigningKey, type SigningKey } from '../../packages/gate-kernel/src/attestation/key.ts'
import { manifestName, manifestText } from '../../packages/gate-kernel/src/evidence/manifest.ts'
import { sha256Of } from '../../packages/gate-kernel/src/evidence/tree.ts'
import {
  type Evidence,
  evidenceSchema,
} from '../../packages/gate-kernel/src/evidence/run-evidence.ts'
import { evidenceRules } from '../../packages/phase4-gate/src/evidence/rules.ts'

export const runId = '20260520T100000Z-1f3a'
const version = '3.2.0rc16'
const tag = `v${version}`
const commit = 'c'.repeat(40)
const wheelSha256 = '5'.repeat(64)
const scenarios = [
  ...['Fresh Authenticated Mission', 'Legacy Queue Row Migration'],
  ...['Daemon Owner Mismatch Refusal', 'Review Rejection Force-Required Contract'],
]

const manifest = manifestText(`${tag}-attempt1`, [], new Date('2026-05-20T10:02:00Z'))

/** Where the documents of a released run are below `root`. */
export interface Places {
  readonly runs: string
  readonly run: string
  readonly attempt: string
  readonly logs: string
}

export function placesIn(root: string): Places {
  const runs = join(root, 'runs')
  return {
    runs,
    run: join(runs, runId),
    attempt: join(root, 'e2e', `${tag}-attempt1`),
    logs: join(root, 'logs'),
  }
}

/** Makes a key pair; the public half is in `<root>/evidence.pub`. */
export async function makeKey(root: string, name = 'evidence'): Promise<SigningKey> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const file = join(root, `${name}.key`)
  await writeFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  await writeFile(join(root, `${name}.pub`), publicKey.export({ type: 'spki', format: 'pem' }))
  return readSigningKey(file)
}

/** The raw documents of a run in which everything passed. */
export async function writeDocuments(root: string, runs = 4): Promise<void> {
  const { run, attempt, logs } = placesIn(root)
  await put(join(attempt, manifestName), manifest)
  await json(join(run, 'evidence.json'), releaseIn(root))
  await json(join(run, 'world.json'), {
    ...{ name: 'specified', service: { historicalRows: 22 } },
    canary: { runs },
  })
  const facts = join(run, 'facts')
  await json(join(facts, 'candidate.json'), { tag, version, commit, wheelSha256 })
  await json(join(facts, 'installation.json'), { version, distributionSha256: wheelSha256 })
  await json(join(facts, 'snapshotBeforeFourRuns.json'), {
    drain: { infraTerminalFailed: 0, businessRuleRejected: 22 },
  })
  await json(join(facts, 'teamspace.json'), {
    runs: [1, 2, 3, 4].map((number) => ({
      ...{ number, passed: true, tests: 5, junit: null },
      log: join(logs, `suite-${number}.log`),
    })),
  })
  for (const number of [1, 2, 3, 4]) {
    await put(join(logs, `suite-${number}.log`), `${number}: 5 passed\n`)
  }
  for (let number = 1; number <= runs; number += 1)
    await json(join(attempt, 'runs', `run-${number}.json`), canaryRun(number, number))
  await json(join(attempt, 'run-1.json'), canaryRun(1, 0))
  await json(join(attempt, 'health-before-four-runs.json'), { ready: 200 })
  await json(join(attempt, 'historical-rows.json'), { count: 22, checkedBy: 'count' })
  await json(join(attempt, 'interventions.json'), { interventions: [] })
}

/** Attests the documents as they are now, as the gate does at the end of a run. */
export async function attestRun(root: string, key?: SigningKey): Promise<void> {
  const { run, attempt } = placesIn(root)
  const document = await readJson(join(run, 'evidence.json'))
  // A holder of the key may seal what is not evidence at all.
  const evidence = evidenceSchema.safeParse(document).data ?? (document as unknown as Evidence)
  const read = async (name: string): Promise<unknown> =>
    readJson(join(run, name.replace('run/', ''))).catch(() => undefined)
  await attest({
    documents: {
      runFolder: run,
      attemptFolder: evidence.attempt === null ? null : attempt,
      logs: await evidenceRules.logsOf(read),
    },
    evidence,
    candidate: await evidenceRules.candidateOf(read),
    inputs: await evidenceRules.inputsOf(read),
    toolVersion: '0.2.0',
    now: new Date('2026-05-20T10:05:00Z'),
    key,
  })
}

function releaseIn(root: string): Evidence {
  return {
    schemaVersion: 1,
    ...{ runId, world: 'specified', verdict: 'release', state: 'GATE_COMPLETE' },
    startedAt: '2026-05-20T10:00:00.000Z',
    finishedAt: '2026-05-20T10:04:00.000Z',
    candidate: { tag, version, commit },
    attempt: { folder: placesIn(root).attempt, manifestSha256: sha256Of(manifest) },
    requirements: gate.requirements.map(({ id, text }) => ({
      ...{ id, text, verdict: 'pass' as const, progress: [] },
    })),
    stop: null,
    gateSha256: 'b'.repeat(64),
    weakenings: [],
    publication: { status: 'complete', comments: ['https://github.example/c'], record: {} },
  }
}

function canaryRun(run_number: number, place: number): object {
  return {
    ...{ outcome: 'pass', run_id: `01KS1W46ZAR9S9RJPQQJAMCV6${place}`, run_number },
    ...{ cli_version: version, events_package_version: '5.1.0' },
    timestamp: '2026-05-20T10:00:00Z',
    scenarios: scenarios.map((name, index) => ({ id: index + 1, name, status: 'pass' })),
  }
}

export async function readJson(file: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>
}

export async function json(file: string, value: unknown): Promise<void> {
  await put(file, `${JSON.stringify(value, null, 2)}\n`)
}

export async function put(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
}
