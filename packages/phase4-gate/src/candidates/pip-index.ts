import { execa } from 'execa'
import { inconclusive } from '@canary-gate/gate-kernel'
import { indexBase } from './package-index.ts'

/** The ways in which a machine may have pip, the usual first. */
const pips = [['pip'], ['pip3'], ['python3', '-m', 'pip']] as const

/** Where pip keeps an index that somebody configured; the first that is set counts, as in pip. */
const places = [':env:.index-url', 'install.index-url', 'global.index-url'] as const

const limitMs = 60_000

/**
 * Base URL of the package index that pip is set up for: by `PIP_INDEX_URL`, by one of its
 * configuration files, else the one it brings. Its address is pip's to know, so it stands nowhere
 * here, and only pip's documented commands are asked.
 *
 * @throws inconclusive stop where there is no pip to ask
 */
export async function indexOfPip(environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  const configured = environment['PIP_INDEX_URL']
  if (configured) return indexBase(configured)
  for (const pip of pips) {
    const address = await addressKnownTo(pip, environment)
    if (address !== null) return indexBase(address)
  }
  throw inconclusive({
    code: 'index-unknown',
    cause: 'environment',
    what: 'no package index is named, and there is no pip to ask for one',
    where: pips.map((words) => words.join(' ')).join(', '),
    next: 'name the index with --index <url>',
  })
}

async function addressKnownTo(
  pip: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<string | null> {
  const settings = configuredIn(await ask([...pip, 'config', 'list'], environment))
  const set = places.map((place) => settings.get(place)).find(Boolean)
  if (set !== undefined) return set
  // The help of `install` names the default: `(default https://…)`, perhaps on two lines.
  const help = await ask([...pip, 'install', '--help'], environment)
  return (
    /--index-url[^(]*\(default:?\s+(?<url>https?:\/\/[^\s)]+)\)/.exec(help)?.groups?.['url'] ?? null
  )
}

/** `pip config list` prints `global.index-url='https://…'`, one setting a line. */
function configuredIn(listing: string): ReadonlyMap<string, string> {
  const lines = listing.matchAll(/^(?<key>\S+?)=(?<quote>['"])(?<value>.*)\k<quote>\s*$/gm)
  return new Map([...lines].map(({ groups }) => [groups?.['key'] ?? '', groups?.['value'] ?? '']))
}

/** Standard output of a program, empty where it cannot be run. */
async function ask(words: readonly string[], environment: NodeJS.ProcessEnv): Promise<string> {
  const [file = '', ...args] = words
  const { exitCode, stdout } = await execa(file, args, {
    // Wide enough that the help does not break an address.
    env: { ...environment, COLUMNS: '400' },
    ...{ extendEnv: false, stdin: 'ignore', reject: false, timeout: limitMs },
  })
  return exitCode === 0 ? stdout : ''
}
