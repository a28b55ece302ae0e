import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { plainEnvironment, type ProgramOutcome, runProgram } from '@canary-gate/programs'
import { describeOutcome } from '@canary-gate/programs'
import type { Ended } from './events.ts'
import { findSandbox } from './sandbox.ts'

export interface TestProgram {
  readonly command: readonly string[]
  readonly cwd: string
  /** Folder of this run: reports, and the home of its programs. */
  readonly own: string
  readonly env?: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

/** Runs a program of a stranger's tests: separated from the machine, in a home of its own, without secrets. */
export async function runTestProgram(program: TestProgram): Promise<ProgramOutcome> {
  const { words } = await findSandbox()
  const begun = performance.now()
  const outcome = await runProgram({
    command: [...words, ...program.command],
    cwd: program.cwd,
    env: { ...(await testEnvironment(program.own)), ...program.env },
    timeoutMs: program.timeoutMs,
    ...(program.signal === undefined ? {} : { signal: program.signal }),
  })
  // One that we ended did not end in its time.
  const isEnded = program.signal?.aborted === true && outcome.kind === 'killed'
  const afterMs = Math.round(performance.now() - begun)
  return isEnded ? { ...outcome, kind: 'timed-out', afterMs } : outcome
}

/** A folder of its own for one run. */
export function ownFolder(scratch: string): Promise<string> {
  return mkdtemp(join(scratch, 'run-'))
}

/** What tests may see of the operator's environment: where programs are, and how text is written. */
const passedOn =
  /^(?:PATH|LANG|LANGUAGE|LC_\w+|TZ|TERM|USER|LOGNAME|SHELL|JAVA_HOME|JDK_HOME|M2_HOME|MAVEN_HOME|GOROOT|GOPATH|GOMODCACHE|GOTOOLCHAIN|CARGO_HOME|RUSTUP_HOME|RUSTUP_TOOLCHAIN|PYENV_ROOT|PYENV_VERSION|LD_LIBRARY_PATH)$/

/** The environment of a test run. `CI` keeps runners from watching, asking and writing snapshots. */
export async function testEnvironment(own: string): Promise<Record<string, string>> {
  const home = join(own, 'home')
  const temporary = join(own, 'tmp')
  await Promise.all([mkdir(home, { recursive: true }), mkdir(temporary, { recursive: true })])
  await writeFile(join(home, '.gitconfig'), gitSettings)
  const kept = Object.entries(plainEnvironment([])).filter(([name]) => passedOn.test(name))
  const path = process.env['PATH'] ?? ''
  return {
    ...Object.fromEntries(kept),
    PATH: [dirname(process.execPath), path].join(delimiter),
    HOME: home,
    TMPDIR: temporary,
    NO_COLOR: '1',
    CI: 'true',
  }
}

/** Many tests commit into repositories of their own. */
const gitSettings =
  '[user]\n\tname = Tests\n\temail = tests@example.invalid\n[init]\n\tdefaultBranch = main\n'

/** How a program ended, for a report that has no test in it. */
export function endedOf(outcome: ProgramOutcome): Ended {
  const timedOut = outcome.kind === 'timed-out'
  const what = timedOut
    ? `the tests did not end within ${outcome.afterMs} ms`
    : `no test was reported (${describeOutcome(outcome)}): ${tail(outcome.log)}`
  return { timedOut, what, log: outcome.log }
}

/** The last lines of a log, and the error above them: a stack ends far below what it is about. */
function tail(log: string): string {
  const lines = log.trim().split('\n')
  const error = lines.slice(0, -4).findLast((line) => /^\s*(?:\w*Error\b.*: |error: )\S/.test(line))
  const shown = error === undefined ? [] : [error.trim().slice(0, 300)]
  return [...shown, lines.slice(-4).join(' | ').slice(-600)].join(' | ')
}
