import { Command } from 'commander'
import { examples, exitCodes, printJson, type ProgramContext } from '../program/context.ts'
import { loadGate } from '../program/place.ts'
import { UsageError } from '../program/usage-error.ts'

interface PlanOptions {
  readonly bound: string
  readonly confidence: string
  readonly json?: true
}

/**
 * `canary-gate plan`: how many straight passes show that a check fails more rarely than a bound (exact
 * binomial bound: with n passes and no failure, rates above 1 - (1 - confidence)^(1/n) are excluded).
 */
export function planCommand(context: ProgramContext): Command {
  return new Command('plan')
    .description('say how many straight passes a bound on the failure rate takes')
    .requiredOption('--bound <percent>', 'failure rate to stay below, e.g. 10%')
    .option('--confidence <percent>', 'how sure the answer is to be', '95%')
    .option('--json', 'print the plan as JSON')
    .addHelpText('after', examples('plan --bound 10%', 'plan --bound 5% --confidence 99%'))
    .action(async (options: PlanOptions) => {
      const bound = fraction('--bound', options.bound)
      const confidence = fraction('--confidence', options.confidence)
      const runs = passesFor(bound, confidence)
      const { repeats } = await loadGate(context)
      const configured = repeats === undefined ? null : Math.max(runs, repeats.fewest)
      if (options.json) printJson(context, { bound, confidence, runs, configured })
      else {
        context.out(
          `${runs} straight passes: with ${options.confidence} confidence ${repeats?.what ?? 'what passes'} then fails in fewer than ${options.bound} of its runs`,
        )
        context.out(
          repeats === undefined
            ? 'this gate repeats nothing, so nothing of it is to be configured'
            : `in the configuration: ${repeats.setting(configured ?? runs)} (never fewer than ${repeats.fewest})`,
        )
      }
      context.finish(exitCodes.ok)
    })
}

/** The smallest number of straight passes that excludes failure rates at or above the bound. */
export function passesFor(bound: number, confidence: number): number {
  return Math.ceil(Math.log(1 - confidence) / Math.log(1 - bound))
}

/** `10%` or `0.1`, strictly between 0 and 1. */
function fraction(option: string, text: string): number {
  const value = text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text)
  if (value > 0 && value < 1) return value
  throw new UsageError(
    `${option} ${text} is not a rate between 0 and 100 %; write e.g. ${option} 10%`,
  )
}
