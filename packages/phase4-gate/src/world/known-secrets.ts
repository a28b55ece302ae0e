import type { World } from './schema.ts'

/**
 * The secrets this process holds itself: values of the environment variables that carry tokens.
 * They are looked for literally, because a token need not look like one.
 */
export function knownSecrets(world: World, env: NodeJS.ProcessEnv = process.env): string[] {
  return secretVariables(world).flatMap((name) => {
    const value = env[name]
    return value === undefined || value.length < 6 ? [] : [value]
  })
}

/** Every variable that holds a secret in this world: none reaches a program that is under test. */
export function secretVariables({ github, service }: World): string[] {
  const ofWorld = [github.tokenEnv, ...(service.tokenEnv === undefined ? [] : [service.tokenEnv])]
  return [...new Set([...ofWorld, ...tokenVariables])]
}

/** Variables that hold a credential on an operator's machine or in CI. */
export const tokenVariables = [
  'GITHUB_TOKEN',
  'GH_TOKEN',
  'SPEC_KITTY_SAAS_TOKEN',
  'FLY_API_TOKEN',
  'PYPI_TOKEN',
  'TWINE_PASSWORD',
] as const
