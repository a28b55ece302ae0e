/** What every command of the program is given and how it answers. */
export interface ProgramContext {
  readonly environment: NodeJS.ProcessEnv
  /** The operator's folder; relative paths of arguments are relative to it. */
  readonly cwd: string
  /** Folder of the gate that is meant, where the operator names one. */
  gate?: string | undefined
  /** True where the answer is to be JSON, a problem too. */
  readonly json: boolean
  /** Writes a line to standard output: results, as they are. */
  out(line: string): void
  /** Writes a line to standard output for a person: commands in it stand as they are typed here. */
  say(line: string): void
  /** Writes a line to standard error: progress and problems. */
  err(line: string): void
  /** Sets the exit code; the last call counts. */
  finish(code: ExitCode): void
}

/** The exit codes of `canary-gate`, the same for every command (docs/getting-started.md). */
export const exitCodes = {
  /** Done: released, intact, complete, nothing missing. */
  ok: 0,
  /** The check was made and its answer is no: held, damaged, a gap, something missing. */
  no: 1,
  /** Wrong arguments, or a configuration file that is not valid. */
  usage: 2,
  /** It could not be found out: no network, no evidence, a tool that did not start. */
  unknown: 3,
  /** Everything was found out, and a person has to decide (inspect-fix). */
  review: 4,
  /** A part of the change has a test that fails without it (prove). */
  partly: 5,
  /** Product code changes without any test (prove). */
  noTest: 6,
  /** Nothing that a program does changes (prove). */
  nothingToProve: 7,
  /** An owner went on in spite of a stop: not a release, nothing is published (run, report). */
  waived: 8,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** A result for programs: one JSON document on standard output. */
export function printJson(context: ProgramContext, value: unknown): void {
  context.out(JSON.stringify(value, null, 2))
}

/** The lines below `Examples:` in a command's help. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ npx canary-gate ${line}`).join('\n')}`
}

/** The help text about exit codes that ends every command's help. */
export const exitCodeHelp = `
Exit codes:
  0  done: released, intact, complete, nothing missing
  1  checked, and the answer is no: held, damaged, a gap, something missing
  2  wrong arguments, or an invalid configuration file
  3  could not be found out
  4  a person has to decide (inspect-fix)
  5  a part of the change is proven, 6 it has no test, 7 there is nothing to prove (prove)
  8  waived: an owner went on in spite of a stop; not a release
`
