import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What Python runs by itself before the program: lines of a `.pth` file, and these two modules. */
const runsAtStart = /\.pth$|^(?:site|user)customize(?:\.|$)/

/** Installers lay these into each environment and list them in no `RECORD`; this is all they say. */
const ofInstallers: Readonly<Record<string, RegExp>> = {
  'pipx_shared.pth': /^(?!import\s)\S[^\n]*\n?$/,
  '_virtualenv.pth': /^import _virtualenv\n?$/,
}

/**
 * Files of an environment that nobody installed and that every program in it begins with: one line is
 * enough to replace any function of the candidate, whose own files stay as they were (GATE/NFR-004).
 *
 * @param recorded paths that some distribution's `RECORD` lists
 */
export async function foreignAtStart(
  sitePackages: string,
  recorded: ReadonlySet<string>,
): Promise<readonly string[]> {
  const names = (await readdir(sitePackages)).filter((name) => runsAtStart.test(name)).sort()
  const foreign: string[] = []
  for (const name of names) {
    if (recorded.has(name) || recorded.has(`${name}/__init__.py`)) continue
    const usual = ofInstallers[name]
    const text = await readFile(join(sitePackages, name), 'utf8').catch(() => '')
    if (usual?.test(text) !== true) foreign.push(name)
  }
  return foreign
}
