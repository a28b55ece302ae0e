import { rememberSecrets } from '../secrets/held.ts'
import type { GitHubSettings } from './targets.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** The token of the environment variable that the world names; undefined if it is not set. */
export function tokenFrom(github: GitHubSettings, env: Environment): string | undefined {
  const token = env[github.tokenEnv]?.trim()
  return remembered(token)
}

/**
 * Asks the configured command for another token, as `gh auth token` prints it. The command runs
 * without the variables that hold the first one: with them, `gh` would print that very token again.
 */
export async function tokenOfCommand(
  github: GitHubSettings,
  env: Environment,
): Promise<string | undefined> {
  const [program, ...args] = github.tokenCommand ?? []
  if (program === undefined) return undefined
  const { execa } = await import('execa')
  const without = new Set(['GITHUB_TOKEN', 'GH_TOKEN', github.tokenEnv])
  const kept = Object.entries(env).filter(([name]) => !without.has(name))
  const result = await execa(program, args, {
    ...{ env: Object.fromEntries(kept), extendEnv: false, reject: false, timeout: 30_000 },
    stdin: 'ignore',
  })
  const token = result.failed ? '' : result.stdout.trim()
  return remembered(token)
}

/** A token that is used is a secret from then on, whatever it looks like and wherever it came from. */
function remembered(token: string | undefined): string | undefined {
  if (token === undefined || token === '') return undefined
  rememberSecrets([token])
  return token
}
