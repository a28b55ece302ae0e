import { DocumentError, parseJson, parseTomlText } from '@canary-gate/documents'
import { z } from 'zod'
import { git } from '@canary-gate/programs'
import { sameVersion } from './version.ts'

/** What the package calls itself at a commit. */
export type PackageVersion =
  | { readonly kind: 'named'; readonly version: string }
  /** No package file, or one that leaves the version to its build tool. */
  | { readonly kind: 'unnamed' }
  /** The file is there, but nothing could be built from it. */
  | { readonly kind: 'unreadable'; readonly file: string; readonly why: string }

const packageJson = z.object({ version: z.string().optional() })
const pyproject = z.object({
  project: z.object({ version: z.string().optional() }).optional(),
  tool: z.object({ poetry: z.object({ version: z.string().optional() }).optional() }).optional(),
})

const maximumBytes = 1024 * 1024

/** How each kind of package says its version; the first file that a commit has counts. */
const files: readonly (readonly [file: string, read: (text: string) => string | undefined])[] = [
  ['pyproject.toml', versionOfPyproject],
  ['package.json', (text) => packageJson.parse(parseJson(text, { maximumBytes })).version],
]

/**
 * The version the package had at a commit, from `pyproject.toml` or `package.json`.
 *
 * @throws inconclusive stop when the file is there, but the clone cannot give its content
 */
export async function packageVersionAt(folder: string, commit: string): Promise<PackageVersion> {
  const names = files.map(([file]) => file)
  const there = (await git(folder, ['ls-tree', '--name-only', commit, '--', ...names])).split('\n')
  const found = files.find(([file]) => there.includes(file))
  if (found === undefined) return { kind: 'unnamed' }
  const [file, read] = found
  const text = await git(folder, ['cat-file', 'blob', `${commit}:${file}`])
  try {
    const version = read(text)
    return version === undefined ? { kind: 'unnamed' } : { kind: 'named', version }
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
    return { kind: 'unreadable', file, why }
  }
}

function versionOfPyproject(text: string): string | undefined {
  const { project, tool } = pyproject.parse(parseTomlText(text, maximumBytes))
  const [one, other] = [project?.version, tool?.poetry?.version]
  if (one !== undefined && other !== undefined && !sameVersion(one, other))
    throw new DocumentError([`it names two versions, ${one} and ${other}`])
  return one ?? other
}
