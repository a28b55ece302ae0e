import { shellWord } from '../typed-command.ts'
import type { Evidence } from './evidence.ts'

type Told = Pick<Evidence, 'verdict' | 'stop' | 'requirements'>

/**
 * Completes the commands that an operator is told to type with the configuration of this run. Where a
 * stop is found, nobody knows which that is; and the same command without it would run the gate
 * somewhere else: in the rehearsal world, which may well release.
 *
 * @param configuration file of the world, undefined for a world that was made for this run
 */
export function withConfiguration<Part extends Told>(
  evidence: Part,
  configuration: string | undefined,
): Part {
  const { stop, requirements } = evidence
  return {
    ...evidence,
    stop: stop && { ...stop, next: completed(stop.next, configuration) },
    requirements: requirements.map((one) =>
      one.stop === undefined
        ? one
        : { ...one, stop: { ...one.stop, next: completed(one.stop.next, configuration) } },
    ),
  }
}

/** The command that runs the whole gate once more; undefined where something else is to be typed. */
export function againCommand(
  { verdict, stop }: Told,
  configuration: string | undefined,
): string | undefined {
  if (verdict === 'release' || stop === null || stop.next.includes('canary-gate ')) return undefined
  return runAgain(configuration)
}

/** The command that runs the whole gate in the world of that configuration. */
export function runAgain(configuration: string | undefined): string {
  return `canary-gate run${optionOf(configuration)}`
}

function completed(next: string, configuration: string | undefined): string {
  const option = optionOf(configuration)
  return next
    .replace(/\bcanary-gate run\b(?! --config)/g, `canary-gate run${option}`)
    .replace(
      /\bcanary-gate doctor\b(?! --config)/g,
      `canary-gate doctor${option || ' --config FILE'}`,
    )
}

function optionOf(configuration: string | undefined): string {
  return configuration === undefined ? '' : ` --config ${shellWord(configuration)}`
}
