import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endWithUs, plainEnvironment } from '@canary-gate/programs'
import { steersInstallers } from './installer-environment.ts'

/** Whom the candidate, or what starts it, works for. */
export interface OwnPlace {
  readonly home: string
  /** Folder of the candidate's state, below the home. */
  readonly state: string
  /** Address of the service under test: the candidate must never fall back to its own default. */
  readonly serviceUrl: string
}

/**
 * Environment of the candidate and of what starts it, with a home of its own: what the operator has set
 * up for a home elsewhere, or for another candidate, does not go on. Python takes compiled code from a
 * folder that is new with this process: what is in `__pycache__` has no hash in a `RECORD`, and where its
 * header fits it runs instead of the source that was proven (GATE/NFR-004). Harness and suite are often started
 * by `uv run`, which takes variables (`PYTEST_ADDOPTS`, too) from the file that UV_ENV_FILE names.
 *
 * @param env what the gate itself was started with
 */
export function ownEnvironment(
  { home, state, serviceUrl }: OwnPlace,
  secretNames: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const kept = Object.entries(plainEnvironment(secretNames, env)).filter(
    ([name]) => !steersCandidate.test(name) && !steersInstallers(name),
  )
  return {
    ...Object.fromEntries(kept),
    HOME: home,
    SPEC_KITTY_HOME: state,
    SPEC_KITTY_SAAS_URL: serviceUrl,
    SPEC_KITTY_ENABLE_SAAS_SYNC: '1',
    PYTHONPYCACHEPREFIX: (compiled ??= newFolder()),
  }
}

/** Variables of the end-to-end suite (`SPEC_KITTY_E2E_…`) are the operator's to set. */
const steersCandidate = /^(?:XDG_(?:CONFIG|DATA|STATE|CACHE)_HOME|SPEC_KITTY_(?!E2E_).*)$/

let compiled: string | undefined

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'candidate-compiled-'))
  endWithUs(() => {
    try {
      rmSync(folder, { recursive: true, force: true, maxRetries: 2 })
    } catch {
      // A daemon of the candidate that still writes there keeps its folder.
    }
  })
  return folder
}
