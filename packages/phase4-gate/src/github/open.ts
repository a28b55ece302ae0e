import { type GitHub, type GitHubOptions, openGitHub as open } from '@canary-gate/gate-kernel'
import type { World } from '../world/schema.ts'
import { targets } from './targets.ts'

/**
 * Opens the client for the GitHub of a world, with the closed list of writes of this gate.
 *
 * @param env environment of the process; tokens are taken from it and nowhere else
 */
export function openGitHub(
  world: Pick<World, 'github'>,
  env: Readonly<Record<string, string | undefined>> = process.env,
  options: GitHubOptions = {},
): Promise<GitHub> {
  return open(world.github, targets, env, options)
}
