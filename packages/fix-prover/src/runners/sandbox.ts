import { plainEnvironment, runProgram } from '@canary-gate/programs'

/** What separates the programs of a test run from this machine. */
export interface Isolation {
  /** A network of their own: no way out, and no port that another process could hold. */
  readonly network: boolean
  /** Everything that a run starts ends with it, daemons included. */
  readonly processes: boolean
  /** Why something is missing; null where nothing is. */
  readonly missing: string | null
}

interface Sandbox {
  readonly isolation: Isolation
  readonly words: readonly string[]
}

const processWords = ['--pid', '--fork', '--kill-child', '--mount-proc']
/** In a new network even the loopback device is down. */
const loopback = 'ip link set lo up 2>/dev/null || ifconfig lo up 2>/dev/null || exit 97; exec "$@"'
const asUser = ['--user', '--map-root-user']
const withNetwork = ['sh', '-c', loopback, 'sandbox']

/** A prover that is killed ends nothing by itself: the kernel does it. */
const endsWithUs = ['setpriv', '--pdeathsig', 'KILL']

const separations: readonly Sandbox[] = [
  sandbox(true, ['unshare', '--net', ...processWords, ...withNetwork]),
  sandbox(true, ['unshare', ...asUser, '--net', ...processWords, ...withNetwork]),
  sandbox(false, ['unshare', ...processWords]),
  sandbox(false, ['unshare', ...asUser, ...processWords]),
]

/** From the strongest to none; a machine gets the first one that works there. */
const candidates: readonly Sandbox[] = separations.flatMap((one) => [
  { ...one, words: [...endsWithUs, ...one.words] },
  one,
])

function sandbox(network: boolean, words: readonly string[]): Sandbox {
  const missing = network
    ? null
    : 'this machine gives programs no network of their own: tests can reach the network'
  return { isolation: { network, processes: true, missing }, words }
}

const none: Sandbox = {
  words: [],
  isolation: {
    network: false,
    processes: false,
    missing:
      'this machine has no namespaces (unshare): tests can reach the network, and a daemon that they start may outlive them',
  },
}

let found: Promise<Sandbox> | undefined

/** The strongest separation that works on this machine; found out once. */
export function findSandbox(): Promise<Sandbox> {
  found ??= firstWorking()
  return found
}

async function firstWorking(): Promise<Sandbox> {
  if (process.platform !== 'linux') return none
  for (const candidate of candidates) {
    const outcome = await runProgram({
      command: [...candidate.words, 'true'],
      env: plainEnvironment([]),
      timeoutMs: 20_000,
    })
    if (outcome.kind === 'exited' && outcome.exitCode === 0) return candidate
  }
  return none
}
