import type { ProgramOutcome } from '@canary-gate/programs'
import { type GateStop, inconclusive, redact } from '@canary-gate/gate-kernel'

/** What a POSIX shell ends with if a command is not there, or may not be executed. */
const shellCodes = [126, 127]

/**
 * The stop for a program that this machine could not start, itself or one that its script calls: the
 * environment's, whatever was to be proven. Undefined where everything was started.
 */
export function missingTool(
  outcome: ProgramOutcome,
  command: readonly string[],
): GateStop | undefined {
  const why = whyNotStarted(outcome)
  if (why === undefined) return undefined
  return inconclusive({
    code: 'tool-missing',
    cause: 'environment',
    what: `a program that the gate needs could not be started: ${why}`,
    where: command.join(' '),
    next: 'install the program that is named, put it on the PATH of the gate, then run the gate again',
  })
}

function whyNotStarted(outcome: ProgramOutcome): string | undefined {
  if (outcome.kind === 'not-started') return outcome.reason
  if (outcome.kind !== 'exited' || !shellCodes.includes(outcome.exitCode)) return undefined
  const line = redact(outcome.log.trim().split('\n').at(-1) ?? '')
  return `exit code ${outcome.exitCode} of a shell${line === '' ? '' : `: ${line}`}`
}
