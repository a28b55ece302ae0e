import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { secretVariables } from '../world/known-secrets.ts'
import { ownEnvironment } from '../installation/own-environment.ts'
import type { Fact } from '../run/facts.ts'
import type { World } from '../world/schema.ts'

/**
 * Environment of the canary harness and of the Teamspace suite: the installed candidate and no
 * checkout, the canary's own home, the service of this world, and none of the gate's tokens.
 * @param env what the gate itself was started with
 */
export function harnessEnvironment(
  world: World,
  installation: Pick<Fact<'installation'>, 'bin' | 'python'>,
  env: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const { home } = world.canary
  return {
    ...ownEnvironment(
      { home, state: join(home, '.spec-kitty'), serviceUrl: world.service.url },
      secretVariables(world),
      env,
    ),
    SPEC_KITTY_E2E_TRUSTED_RUNNER: '1',
    SK_E2E_SPEC_KITTY_BIN: installation.bin,
    SK_E2E_SPEC_KITTY_PYTHON: installation.python,
    SK_E2E_SPEC_KITTY_REPO: absentCheckout(world.workspace),
  }
}

/** A path that does not exist, so that the harness cannot pick up a checkout by accident. */
function absentCheckout(workspace: string): string {
  const base = join(workspace, 'no-checkout-here')
  let path = base
  for (let number = 2; existsSync(path); number += 1) path = `${base}-${number}`
  return path
}
