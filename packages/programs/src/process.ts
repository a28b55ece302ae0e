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
