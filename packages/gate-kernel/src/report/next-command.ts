import { nextOf } from '../stop/verdict.ts'
import { inMannerOf, isOfUse, remedyText, type RunManner } from '../stop/remedy.ts'
import type { Evidence, StopInWords } from '../evidence/run-evidence.ts'

type Told = Pick<Evidence, 'verdict' | 'stop' | 'requirements'>

/**
 * Completes every remedy with the manner of this run, and says it in words for consumers that read only
 * these.
 */
export function withCommands<Part extends Told>(evidence: Part, manner: RunManner): Part {
  const { stop, requirements } = evidence
  return {
    ...evidence,
    stop: stop && completed(stop, manner),
    requirements: requirements.map((one) =>
      one.stop === undefined ? one : { ...one, stop: completed(one.stop, manner) },
    ),
  }
}

/** The command that runs the whole gate once more; undefined where something else is to be typed. */
export function againCommand(
  { verdict, stop }: Told,
  manner: RunManner,
): readonly string[] | undefined {
  if (verdict === 'release' || stop === null) return undefined
  if (stop.command !== undefined || stop.remedy?.command !== undefined) return undefined
  return runAgain(manner)
}

/** The same with another command to type next, where there is one. */
export function withNext<Part extends Told>(
  evidence: Part,
  command: readonly string[] | undefined,
): Part {
  const { stop } = evidence
  if (stop?.remedy === undefined || command === undefined) return evidence
  const remedy = { ...stop.remedy, command }
  return { ...evidence, stop: { ...stop, remedy, next: remedyText(remedy) } }
}

/** The command that runs the whole gate in that manner. */
export function runAgain(manner: RunManner): readonly string[] {
  return inMannerOf(['run'], manner)
}

function completed<Stop extends StopInWords>(stop: Stop, manner: RunManner): Stop {
  const { command: given, next: remark, ...rest } = stop
  if (given === undefined) return stop
  if (!isOfUse(given, manner)) return { ...rest, next: remark } as unknown as Stop
  const command = [...inMannerOf(given, manner)]
  const next = nextOf({ next: remark, command })
  return { ...rest, next, remedy: { remark, command } } as unknown as Stop
}
