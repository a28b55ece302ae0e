import { readFile } from 'node:fs/promises'
import { ifNoFile } from '@canary-gate/documents'
import { plainEnvironment } from '@canary-gate/programs'
import { inconclusive } from '@canary-gate/gate-kernel'

/**
 * Environment of an installer: whatever an operator has set up for pip, pipx and uv could bring the
 * candidate or its dependencies from elsewhere than the index that the configuration names (a second index,
 * a folder of wheels, a file of settings), and each of these programs has a new setting with each version.
 * So none goes on but how the network is reached, where is cached, which Python, and a file of versions.
 *
 * @param simpleIndex address of the simple pages of the one index
 * @throws inconclusive stop where that file of versions cannot be read, or names more than versions
 */
export async function installerEnvironment(
  simpleIndex: string,
  secretNames: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Record<string, string>> {
  const kept = Object.entries(plainEnvironment(secretNames, env)).filter(
    ([name]) => !steersInstallers(name),
  )
  for (const name of constraints) {
    const files = (env[name] ?? '').split(/\s+/).filter((file) => file !== '')
    for (const file of files) await requireVersionsOnly(file, name)
  }
  return {
    ...Object.fromEntries(kept),
    PIP_INDEX_URL: simpleIndex,
    // pip reads none of its files then, not even that of the machine.
    PIP_CONFIG_FILE: '/dev/null',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    UV_DEFAULT_INDEX: simpleIndex,
    UV_NO_CONFIG: '1',
  }
}

/** Whether pip, pipx or uv could bring, run or leave out something else because of a variable. */
export function steersInstallers(name: string): boolean {
  return ofInstallers.test(name) && !harmless.includes(name)
}

const ofInstallers = /^(?:PIPX?|UV)_/i

const constraints = ['PIP_CONSTRAINT', 'UV_CONSTRAINT'] as const

const harmless: readonly string[] = [
  ...['PIP_CERT', 'PIP_CLIENT_CERT', 'PIP_PROXY', 'PIP_DEFAULT_TIMEOUT', 'PIP_RETRIES'],
  ...['PIP_CACHE_DIR', 'PIP_NO_CACHE_DIR', 'PIP_ROOT_USER_ACTION'],
  ...['PIPX_DEFAULT_PYTHON', 'PIPX_SHARED_LIBS'],
  ...['UV_NATIVE_TLS', 'UV_SYSTEM_CERTS', 'UV_HTTP_TIMEOUT', 'UV_HTTP_RETRIES'],
  ...['UV_CACHE_DIR', 'UV_NO_CACHE', 'UV_LINK_MODE', 'UV_CONCURRENT_DOWNLOADS'],
  ...['UV_PYTHON', 'UV_PYTHON_DOWNLOADS', 'UV_PYTHON_PREFERENCE', 'UV_PYTHON_INSTALL_DIR'],
  ...constraints,
]

/** A name and the versions of it that are allowed, and for which machines; no address, no option. */
const onlyVersions =
  /^[A-Za-z0-9][\w.-]*\s*(?:(?:===?|[<>!~]=|[<>])\s*(?:\d+!)?[\w.*+-]+\s*,?\s*)+(?:;[^@/]*)?(?:\s#.*)?$/

async function requireVersionsOnly(file: string, variable: string): Promise<void> {
  const text = await readFile(file, 'utf8').catch(ifNoFile(null))
  if (text === null) throw unusable(`${file} cannot be read`, variable)
  const findings = text
    .split(/\r?\n/)
    .filter((line) => !/^\s*(?:#.*)?$/.test(line) && !onlyVersions.test(line.trim()))
  const [first] = findings
  if (first !== undefined) throw unusable(`${file} says "${first.trim()}"`, variable)
}

function unusable(what: string, variable: string): Error {
  return inconclusive({
    code: 'constraints-unusable',
    cause: 'environment',
    what: `the file of versions for the installer must hold versions alone: ${what}`,
    where: variable,
    next: 'write lines such as click==8.3.1 there, or unset the variable; everything comes from candidate.indexUrl',
  })
}
