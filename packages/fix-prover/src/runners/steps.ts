import { describeOutcome, plainEnvironment, runProgram } from '@canary-gate/programs'

const installTimeoutMs = 15 * 60_000
/** Variables that an installation must not see, whatever the scripts of a package would do with them. */
const secrets = ['GITHUB_TOKEN', 'GH_TOKEN', 'TWINE_PASSWORD', 'CARGO_REGISTRY_TOKEN']

/**
 * Runs one step of an installation: with the network, and the operator's settings of the registry.
 *
 * @param further names of variables with secrets that only the caller knows
 * @throws Error with the end of the log
 */
export async function succeed(
  command: readonly string[],
  cwd?: string,
  env: Readonly<Record<string, string>> = {},
  further: readonly string[] = [],
): Promise<void> {
  const outcome = await runProgram({
    command,
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...plainEnvironment([...secrets, ...further]), ...env },
    timeoutMs: installTimeoutMs,
  })
  if (outcome.kind === 'exited' && outcome.exitCode === 0) return
  const last = outcome.log.trim().split('\n').slice(-3).join(' | ').slice(-500)
  throw new Error(`${command.slice(0, 5).join(' ')}: ${describeOutcome(outcome)}: ${last}`)
}
