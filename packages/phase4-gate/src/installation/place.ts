import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ifAbsent } from '@canary-gate/documents'
import { inconclusive } from '@canary-gate/gate-kernel'

/** `site-packages` of the environment that an interpreter belongs to. */
export async function sitePackagesOf(python: string): Promise<string> {
  const library = join(dirname(dirname(python)), 'lib')
  const versions = await readdir(library).catch(ifAbsent([]))
  const found = versions.filter((name) => /^python\d/.test(name))
  const [version] = found
  if (found.length > 1) throw severalPythons(library, found)
  if (version !== undefined) return join(library, version, 'site-packages')
  throw inconclusive({
    code: 'installation-missing',
    what: 'the environment of the installed candidate has no site-packages folder',
    where: library,
    next: 'install the candidate again: run the gate from its beginning',
  })
}

/** An environment that was made anew with another Python keeps the files of the first one. */
function severalPythons(library: string, versions: readonly string[]): Error {
  return inconclusive({
    code: 'installation-ambiguous',
    what: `the environment holds files for several Pythons: ${versions.toSorted().join(', ')}`,
    where: library,
    next: 'remove the isolated home that the configuration names, and run the gate from its beginning',
  })
}

/** One installed distribution: its metadata folder and what that says. */
export interface InstalledDistribution {
  readonly sitePackages: string
  readonly distInfo: string
  readonly version: string
  readonly requires: readonly string[]
  /** What its wheel was built for, e.g. `py3-none-any`; empty where it does not say. */
  readonly tags: readonly string[]
}

/** Finds an installed distribution by its normalized name (PEP 503); null if it is not there. */
export async function findDistribution(
  sitePackages: string,
  project: string,
): Promise<InstalledDistribution | null> {
  const entries = await readdir(sitePackages).catch(ifAbsent([]))
  const found: InstalledDistribution[] = []
  for (const entry of entries) {
    const match = /^(?<name>.+)-[^-]+\.dist-info$/.exec(entry)
    if (match === null || normalize(match.groups?.['name'] ?? '') !== normalize(project)) continue
    const distInfo = join(sitePackages, entry)
    const metadata = await readFile(join(distInfo, 'METADATA'), 'utf8').catch(ifAbsent(''))
    const wheel = await readFile(join(distInfo, 'WHEEL'), 'utf8').catch(ifAbsent(''))
    const tags = valuesOf(wheel, 'Tag')
    found.push({ sitePackages, distInfo, ...fieldsOf(metadata), tags })
  }
  if (found.length > 1) throw ambiguous(project, found)
  return found[0] ?? null
}

/** Which of two is imported depends on their order in a folder. */
function ambiguous(project: string, found: readonly InstalledDistribution[]): Error {
  return inconclusive({
    code: 'installation-ambiguous',
    what: `${project} is installed ${found.length} times: ${found.map(({ version }) => version).join(', ')}`,
    where: found[0]?.sitePackages ?? '',
    next: 'remove the isolated home that the configuration names, and run the gate from its beginning',
  })
}

function fieldsOf(metadata: string): { version: string; requires: string[] } {
  const header = metadata.split(/\r?\n\r?\n/, 1)[0] ?? ''
  const [version = '', ...others] = valuesOf(header, 'Version')
  // A second version contradicts the first one; neither is the version then.
  const requires = valuesOf(header, 'Requires-Dist')
  return { version: others.length === 0 ? version : '', requires }
}

function valuesOf(header: string, name: string): string[] {
  return header
    .split(/\r?\n/)
    .flatMap((line) => (line.startsWith(`${name}: `) ? [line.slice(name.length + 2).trim()] : []))
}

function normalize(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-')
}
