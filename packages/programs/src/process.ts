import { steeringGit } from './git-variables.ts'
import { whileProgramRuns } from './program-time.ts'

/** A program the gate starts: the command line, where, and with which environment. */
export interface ProgramCall {
  readonly command: readonly string[]
  readonly cwd?: string
  /** The whole environment; nothing is inherited beside it. */
  readonly env: Readonly<Record<string, string>>
  readonly timeoutMs: number
  /** Ends the program before its time limit; the outcome is then `timed-out`, too. */
  readonly signal?: AbortSignal
}

/** How it ended. A program that could not be started, or ran out of time, is an outcome too. */
export type ProgramOutcome = ProgramOutput & ProgramEnd

type ProgramEnd =
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'timed-out'; readonly afterMs: number }
  | { readonly kind: 'killed'; readonly signal: string }
  | { readonly kind: 'not-started'; readonly reason: string }

interface ProgramOutput {
  readonly stdout: string
  readonly stderr: string
  /** Both streams in the order in which they were written: the log. */
  readonly log: string
}

/** For a command that only looks something up, e.g. at a hosting platform, which may be slow. */
export const lookUpTimeoutMs = 60_000

const maximumLogBytes = 64 * 1024 * 1024
const tooMuch = 'the gate, because it printed more than 64 MiB'

/** How long children of a program that has ended may still write into its log. */
const graceMs = 2_000

const leftBehind = '[the gate ended processes that this program had left behind]'

/**
 * Runs a program to its end, without a shell. It leads a process group of its own, so that a
 * time-out ends its children as well. Children that it leaves behind are ended with it, which its log
 * says: nothing that the gate started may work on while the next step is measured. A daemon that made
 * itself a group of its own is not the gate's, and stays.
 */
export async function runProgram(call: ProgramCall): Promise<ProgramOutcome> {
  // Loaded here: most requirements start no program, and each is a process of its own.
  const { execa } = await import('execa')
  const [file = '', ...args] = call.command
  const child = execa(file, args, {
    ...(call.cwd === undefined ? {} : { cwd: call.cwd }),
    env: call.env,
    extendEnv: false,
    reject: false,
    all: true,
    stdin: 'ignore',
    detached: process.platform !== 'win32',
    maxBuffer: maximumLogBytes,
  })
  const clock = { timedOut: false }
  const end = (): void => {
    clock.timedOut = true
    killGroup(child.pid)
  }
  const timer = setTimeout(end, call.timeoutMs)
  call.signal?.addEventListener('abort', end)
  if (call.signal?.aborted === true) end()
  const release = endWithUs(() => void killGroup(child.pid))
  const left = { ended: false }
  const endRest = (): void => {
    if (killGroup(child.pid)) left.ended = true
  }
  // A child that keeps the output open would hold the gate until the time limit.
  child.nodeChildProcess.once('exit', () => setTimeout(endRest, graceMs).unref())
  try {
    const result = await whileProgramRuns(child)
    if (!clock.timedOut) endRest()
    const log = left.ended ? `${result.all}\n${leftBehind}` : result.all
    const output = { stdout: result.stdout, stderr: result.stderr, log }
    if (clock.timedOut) return { ...output, kind: 'timed-out', afterMs: call.timeoutMs }
    return { ...output, ...endOf(result) }
  } finally {
    clearTimeout(timer)
    call.signal?.removeEventListener('abort', end)
    release()
  }
}

interface Ended {
  readonly isMaxBuffer: boolean
  readonly exitCode?: number | undefined
  readonly signal?: string | undefined
  readonly shortMessage?: string | undefined
}

function endOf({ isMaxBuffer, exitCode, signal, shortMessage }: Ended): ProgramEnd {
  if (isMaxBuffer) return { kind: 'killed', signal: tooMuch }
  if (exitCode !== undefined) return { kind: 'exited', exitCode }
  if (signal !== undefined) return { kind: 'killed', signal }
  return { kind: 'not-started', reason: shortMessage ?? 'unknown reason' }
}

const endings = new Set<() => void>()
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Has something ended when the gate itself ends: a group of processes of its own does not get the
 * terminal's Ctrl-C, and a scratch folder is removed by nobody else.
 * @returns takes it back
 */
export function endWithUs(end: () => void): () => void {
  if (endings.size === 0) {
    process.on('exit', endAll)
    for (const signal of signals) process.on(signal, endAndPassOn)
  }
  endings.add(end)
  return () => {
    endings.delete(end)
    if (endings.size === 0) stopListening()
  }
}

function endAll(): void {
  for (const end of endings) end()
  endings.clear()
}

/** Then whatever the signal would have done anyway. */
function endAndPassOn(signal: NodeJS.Signals): void {
  endAll()
  stopListening()
  process.kill(process.pid, signal)
}

function stopListening(): void {
  process.removeListener('exit', endAll)
  for (const signal of signals) process.removeListener(signal, endAndPassOn)
}

/** One line on an outcome that was not a clean exit, for a stop's text. */
export function describeOutcome(outcome: ProgramOutcome): string {
  switch (outcome.kind) {
    case 'exited':
      return `exit code ${outcome.exitCode}`
    case 'timed-out':
      return `ended after its time limit of ${outcome.afterMs} ms`
    case 'killed':
      return `ended by ${outcome.signal}`
    case 'not-started':
      return `not started: ${outcome.reason}`
  }
}

/**
 * What a child inherits from the gate's own environment: no token, no test-runner setting, and nothing
 * that would run other code than was installed, leave tests or assertions out, or reach into another
 * repository.
 */
export function plainEnvironment(
  secretNames: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !secretNames.includes(entry[0]) && !isSteering(entry[0]),
  )
  return Object.fromEntries(kept)
}

function isSteering(name: string): boolean {
  if (name.startsWith('PYTHON')) return !harmlessPython.includes(name)
  return runnerVariable.test(name) || foreignCode.test(name) || gitVariables.includes(name)
}

const gitVariables: readonly string[] = steeringGit

/**
 * Python has a new variable with each version, and most change what is executed: with PYTHONPATH a
 * checkout stands before what was installed, from PYTHONPYCACHEPREFIX compiled code is taken instead of
 * it, with PYTHONOPTIMIZE no `assert` is executed. So only these go on.
 */
const harmlessPython: readonly string[] = [
  ...['PYTHONUTF8', 'PYTHONIOENCODING', 'PYTHONCOERCECLOCALE', 'PYTHONUNBUFFERED'],
  ...['PYTHONDONTWRITEBYTECODE', 'PYTHONHASHSEED', 'PYTHONNOUSERSITE', 'PYTHONSAFEPATH'],
  'PYTHONFAULTHANDLER',
]

// PYTEST_ADDOPTS can deselect what fails. A shell runs the file of BASH_ENV and functions with the names
// of programs before the first line of a script, with SHELLOPTS=noexec nothing of it, and with CDPATH a
// `cd` of a script leads elsewhere; the loader's variables put a library into every program, and other
// languages have variables of their own for the same.
const foreignCode = new RegExp(
  `^(?:${[
    'PYTEST_.*|COVERAGE_PROCESS_(?:START|CONFIG)|NODE_PATH',
    'BASH_ENV|BASH_FUNC_.*|SHELLOPTS|BASHOPTS|BASH_COMPAT|PS4|CDPATH|GLOBIGNORE|EXECIGNORE|ZDOTDIR|FPATH',
    'LD_(?:PRELOAD|AUDIT)|DYLD_(?:INSERT_LIBRARIES|FRAMEWORK_PATH)|GCONV_PATH',
    'PERL5(?:OPT|LIB|DB)|RUBY(?:OPT|LIB)|_?JAVA_(?:TOOL_)?OPTIONS|JDK_JAVA_OPTIONS|LUA_INIT.*',
  ].join('|')})$`,
)

const runnerVariable =
  /^(?:VITEST.*|NODE_(?:OPTIONS|ENV|V8_COVERAGE|COMPILE_CACHE)|TEST|MODE|DEV|PROD|SSR|FORCE_COLOR)$/

/** True if there was anything left to end. */
function killGroup(pid: number | undefined): boolean {
  if (pid === undefined) return false
  try {
    return process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL')
  } catch {
    // The group has ended by itself.
    return false
  }
}
