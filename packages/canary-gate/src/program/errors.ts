import { CommanderError } from 'commander'
import { ConfigurationError, ownReport, remedyText } from '@canary-gate/gate-kernel'
import { typedFormHere } from './place.ts'
import { type ExitCode, exitCodes, printJson, type ProgramContext } from './context.ts'
import { UsageError } from './usage-error.ts'

/** Why a command gave no result. */
interface Problem {
  /** `usage`, `configuration`, `unexpected-error`, or the code of a stop. */
  readonly code: string
  readonly what: string
  readonly where?: string
  readonly next?: string
  readonly findings?: readonly string[]
}

/** Says what happened in the terms of the program and returns the code for it. */
export function explain(error: unknown, context: ProgramContext): ExitCode {
  if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.ok
  const { exitCode, ...problem } = problemOf(error, context)
  // Commander has said it.
  if (!(error instanceof CommanderError)) for (const line of linesOf(problem)) context.err(line)
  if (context.json) printProblem(context, exitCode, problem)
  return exitCode
}

/** With `--json`, a problem is a document on standard output, as a result is. */
export function printProblem(context: ProgramContext, exitCode: ExitCode, problem: Problem): void {
  printJson(context, { ok: false, exitCode, error: problem })
}

function problemOf(error: unknown, context: ProgramContext): Problem & { exitCode: ExitCode } {
  if (error instanceof CommanderError) {
    const what = error.message.replace(/^error: /, '').replaceAll('\n', ' ')
    return { exitCode: exitCodes.usage, code: 'usage', what }
  }
  if (error instanceof UsageError)
    return { exitCode: exitCodes.usage, code: 'usage', what: error.message }
  if (error instanceof ConfigurationError)
    return { exitCode: exitCodes.usage, code: 'configuration', what: error.message }
  const stop = ownReport(error)
  if (stop === undefined) return unexpected(error)
  const { code, what, where, next: remark, command, findings = [], verdict } = stop
  const next = remedyText({ remark, command }, typedFormHere(context))
  const exitCode = verdict === 'inconclusive' ? exitCodes.unknown : exitCodes.no
  return { exitCode, code, what, where, next, findings }
}

/** A file that cannot be read or written, or a bug: neither is a no. */
function unexpected(error: unknown): Problem & { exitCode: ExitCode } {
  const own = error instanceof Error ? error : new Error(String(error))
  const { code, path } = own as NodeJS.ErrnoException
  const exitCode = exitCodes.unknown
  if (path !== undefined && code !== undefined)
    return {
      ...{ exitCode, code: 'file-system', what: own.message, where: path },
      next: 'see that the folder exists and can be read and written, then try again',
    }
  return {
    ...{ exitCode, code: 'unexpected-error', what: `${own.name}: ${own.message}` },
    where:
      own.stack
        ?.split('\n')
        .find((line) => line.trim().startsWith('at '))
        ?.trim() ?? 'unknown',
    next: 'this is a bug of canary-gate; report it with this line',
  }
}

function linesOf({ what, where, next, findings = [] }: Problem): string[] {
  return [
    `canary-gate: ${what}`,
    ...(where === undefined ? [] : [`  where: ${where}`]),
    ...findings.map((finding) => `  - ${finding}`),
    ...(next === undefined ? [] : [`  next:  ${next}`]),
  ]
}
