import { isAbsolute } from 'node:path'
import { z } from 'zod'

/**
 * A world is data: the addresses, commands and folders the gate works with. The rehearsal writes one
 * for the servers it started, an operator writes one for the live systems; the gate cannot tell them
 * apart. Secrets are never in it, only the names of the environment variables that hold them.
 */
const folder = z.string().refine(isAbsolute, 'must be an absolute path')
const text = z.string().trim().min(1)
const command = z
  .array(z.string())
  .min(1)
  .refine(([program]) => program?.trim() !== '', 'must begin with a program')
const version = text.regex(
  /^v?\d+(?:\.\d+)*(?:(?:a|b|rc)\d+)?(?:\.post\d+)?(?:\.dev\d+)?$/,
  'must be a version such as 3.2.0rc15',
)
/** The world is kept with the evidence, so a login in an address would be published with it. */
const address = z
  .url({ protocol: /^https?$/, error: 'must be an address that begins with https://', abort: true })
  .refine((url) => URL.parse(url)?.username === '', { error: 'must not hold a login', abort: true })
/** Tokens go there: in the open only to this machine. */
const tokenAddress = address.refine(
  mayReceiveTokens,
  'must begin with https://, because a token is sent there',
)
function mayReceiveTokens(url: string): boolean {
  return /^https:|^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?:[:/]|$)/.test(url)
}
const variableName = z
  .string()
  .regex(/^[A-Za-z_]\w*$/, 'must be the name of an environment variable')
  .refine(
    (name) => !/^(?:gh[a-z]|github_pat)_/.test(name),
    'must be the name of an environment variable; this looks like a token: revoke it',
  )
const slug = z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'must be owner/name')
const sha = z.string().regex(/^[0-9a-f]{40}$/, 'must be a full commit hash, 40 hex digits')

/** Two of them in one place is a slip of the pen that would go unnoticed for hours. */
function allDifferent(named: Readonly<Record<string, string>>, context: z.RefinementCtx): void {
  const seen = new Map<string, string>()
  for (const [key, value] of Object.entries(named)) {
    const place = value.toLowerCase().replace(/\/+$/, '')
    const first = seen.get(place)
    if (first !== undefined)
      context.addIssue({ code: 'custom', path: [key], message: `is the same as ${first}` })
    seen.set(place, key)
  }
}

const github = z.strictObject({
  /** REST base URL, e.g. https://api.github.com; GraphQL is asked at its `/graphql`. */
  apiUrl: tokenAddress,
  repositories: z.strictObject({ cli: slug, events: slug, e2e: slug }).superRefine(allDifferent),
  /** Name of the environment variable that holds the token. */
  tokenEnv: variableName.default('GITHUB_TOKEN'),
  /** Fallback when that token lacks a scope; prints a token on its standard output. */
  tokenCommand: command.optional(),
  /** Login the gate's comments are expected from; learned from the first created comment if absent. */
  author: text.optional(),
  /** Longest time one request may take. */
  timeoutMs: z.int().positive().default(30_000),
  /** Longest time that the gate waits in total for rate limits to pass. */
  longestWaitMs: z.int().nonnegative().default(120_000),
  /** Pause between the last write and reading everything back, in which somebody may undo it. */
  readBackAfterMs: z.int().min(500).default(15_000),
})

const candidate = z.strictObject({
  /** Base URL of the package index: `<url>/pypi/<project>/json` and `<url>/simple/<project>/`. */
  indexUrl: address,
  project: text.default('spec-kitty-cli'),
  /** The last candidate that is known not to be good enough; only later ones are eligible. */
  after: version.default('3.2.0rc15'),
  /** The line that is gated, e.g. 3.2.0; without it that of `after`. */
  line: version.optional(),
  /** Commit that the candidate must contain. */
  baseline: sha.default('cc5e1ca983adff4a45489ce7afe11ad3a3a26e30'),
  installer: z.strictObject({
    kind: z.enum(['pipx', 'uv']),
    command,
    /** PIPX_HOME (or the tool folder of uv) and PIPX_BIN_DIR of the isolated installation. */
    home: folder,
    binDir: folder,
  }),
  /** Modules of the candidate that must import cleanly (FR-004). */
  imports: z.array(text).default(['specify_cli.sync.owner', 'specify_cli.sync.preflight']),
})

const fixes = z.strictObject({
  /** Criterion file per blocker issue: which functions are the queue path, which branch classifies. */
  criteria: z.strictObject({ '1141': text, '1182': text }),
  /** Runs the changed tests; `{tests}` expands to the files, `{report}` to the JUnit file to write. */
  testCommand: command,
  /** Prepares a worktree before tests run in it, e.g. `uv sync`. */
  prepareCommand: command.optional(),
  timeoutMs: z.int().positive().default(300_000),
})

const plainService = z.strictObject({
  url: address,
  /**
   * Name of the environment variable with a token of a signed-in reader, where the service tells its
   * ingress limits to nobody else (C-004). It is sent with that one GET.
   */
  tokenEnv: variableName.optional(),
  /** Prints the deployed image; without it the image is taken from `git_sha`. */
  imageCommand: command.optional(),
  /** Prints the terminal-failed rows as a JSON array; without it they are checked by count only. */
  rowsCommand: command.optional(),
  /** Waiting time before the single retry of a 503 or a time-out. */
  retryAfterMs: z.int().nonnegative().default(15_000),
  timeoutMs: z.int().positive().default(30_000),
  minimumEventsVersion: version.default('5.1.0'),
  /** What `/health/` must name itself: the same document of another service proves nothing. */
  name: text.default('spec-kitty-saas'),
  environment: text.default('deployed-dev'),
  /** The image that must be deployed; without it, it must only stay the same during the gate. */
  image: text.optional(),
  historicalRows: z.int().nonnegative().default(22),
})

const service = plainService.refine(
  ({ url, tokenEnv }) => tokenEnv === undefined || mayReceiveTokens(url),
  { path: ['url'], error: 'must begin with https://, because a token is sent there' },
)

const program = z.strictObject({ command, cwd: folder, timeoutMs: z.int().positive() })

/** Fewer canary runs in a row than these are never enough (FR-008). */
export const fewestCanaryRuns = 4

const canary = program.extend({
  /**
   * Canary runs in a row; more of them bound the failure rate more tightly (`canary-gate plan`). More
   * than four are asked for with `--runs N` behind the command.
   */
  runs: z.int().min(fewestCanaryRuns).max(1000).default(fewestCanaryRuns),
  /** Self-tests of the harness, each run before the first canary. */
  selfTests: z.array(command).default([]),
  /** Home of the user the canary runs as; its queues and daemon record are fingerprinted. */
  home: folder,
  /** Working copies whose `.kittify/` tree is fingerprinted. */
  projects: z.array(folder).default([]),
  /**
   * True if the harness works in homes and projects that it makes for itself: then nothing of the
   * above may change during a run either, and every change counts as an intervention.
   */
  ownSandboxes: z.boolean().default(true),
})

/** In `command`, `{junit}` expands to the JUnit file to write; without it the log alone is read. */
const teamspace = program.extend({
  /** Folder for `teamspace-canary-run-{1..4}.log` and `.xml`. */
  logs: folder,
  /** Test files of the suite; in every run, each must have at least one test that passed (FR-013). */
  files: z
    .array(z.string())
    .min(1)
    .default([
      'test_go_live_pre_connector_saas_e2e.py',
      'test_teamspace_pulse_deployed_dev_e2e.py',
      'test_teamspace_sync_deployed_dev_e2e.py',
    ]),
  /** Tests (`test_name`, or the class path and it) that may be skipped or are expected to fail. */
  expectedSkips: z.array(text).default([]),
})

const evidence = z.strictObject({
  /**
   * File of an Ed25519 private key (PEM) that signs the attestations of each run. It is read when all
   * programs have ended; keep it outside the workspace.
   */
  signingKey: folder.optional(),
})

/** What an owner signed, to go on in spite of a stop (docs/waivers.md). */
const waivers = z.strictObject({ files: z.array(folder), verifyingKey: folder })

/** The waivers of a world, or undefined. */
export function waiversOf({ waivers: given }: World): World['waivers'] {
  return given
}

/** Started at every end of a run, with what happened as JSON on its standard input. */
export const notifySchema = z.strictObject({
  command,
  /** Longest time that the end of a run waits for it. */
  timeoutMs: z.int().min(1).max(300_000).default(10_000),
})

/** What is told at every end of a run, or undefined. */
export function notifierOf({ notify }: World): World['notify'] {
  return notify
}

/** File of the key that signs the evidence, or undefined. */
export function signingKeyOf({ evidence: { signingKey } }: World): string | undefined {
  return signingKey
}

/** Folders in which the programs of this gate write: candidates, canary, suite, everything below the workspace. */
export function writesTo({ workspace, candidate, canary, teamspace }: World): readonly string[] {
  return [workspace, candidate.installer.home, canary.home, teamspace.logs]
}

export const worldSchema = z.strictObject({
  /** Shown in every report, e.g. `rehearsal` or `live`. */
  name: text,
  /** Every local path the gate touches lies below this folder (C-008). */
  workspace: folder,
  /** Local clones. The e2e clone also holds `artifacts/sync_identity_boundary/`. */
  checkouts: z.strictObject({ cli: folder, events: folder, e2e: folder }).superRefine(allDifferent),
  github,
  candidate,
  fixes,
  service,
  canary,
  teamspace,
  evidence: evidence.default({}),
  notify: notifySchema.optional(),
  waivers: waivers.optional(),
})

export type World = z.infer<typeof worldSchema>
/** What an operator may write: defaults may be left out. */
export type WorldInput = z.input<typeof worldSchema>
