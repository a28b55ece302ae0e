import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, sep } from 'node:path'
import ts from 'typescript'

/** One source file with what it imports, types included. Paths are relative to the tree's root. */
export interface Module {
  readonly path: string
  /** The package `packages/<name>`, or the top folder of the checkout. */
  readonly owner: string
  readonly imports: readonly Import[]
}

export interface Import {
  readonly specifier: string
  /** The file it names, for a relative one. */
  readonly file?: string
}

const SOURCES = ['packages/*/{src,bin}/**', '{gate,release,specs,fixtures,reporters}/**'].map(
  (folder) => `${folder}/*.{ts,js,mjs}`,
)

/** Every module below `root`, with its imports as TypeScript finds them. */
export function readModules(root: string): Module[] {
  return globSync(SOURCES, { cwd: root, exclude: ['**/node_modules/**'] })
    .map((path) => path.replaceAll(sep, '/'))
    .sort()
    .map((path) => ({ path, owner: ownerOf(path), imports: importsOf(root, path) }))
}

export function ownerOf(path: string): string {
  const [top = '', name = ''] = path.split('/')
  return top === 'packages' ? name : top
}

function importsOf(root: string, path: string): Import[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(join(root, path), 'utf8'), true, true)
  return importedFiles.map(({ fileName: specifier }) => {
    if (!specifier.startsWith('.')) return { specifier }
    return { specifier, file: sourceOf(root, normalize(join(dirname(path), specifier))) }
  })
}

/** A program's plain JavaScript may name a module by the suffix it has in a package. */
function sourceOf(root: string, file: string): string {
  const source = file.replace(/\.js$/, '.ts')
  return (existsSync(join(root, file)) ? file : source).replaceAll(sep, '/')
}
