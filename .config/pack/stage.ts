import { existsSync, globSync } from 'node:fs'
import { copyFile, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, posix, relative } from 'node:path'
import { bundleProgram } from './build.ts'
import { type Contents, contentsOf, packagesOf, pathOf, PEERS, readManifest } from './contents.ts'

/**
 * Writes what the tarball of a package holds into `out`: compiled modules that mirror the checkout,
 * with the packages of this project that it needs inside (they are on no registry), and a
 * package.json that names external dependencies only.
 *
 * @param built what {@link compile} wrote
 * @param folder of the package, below `packages`
 */
export async function stage(
  root: string,
  built: string,
  folder: string,
  out: string,
): Promise<Contents> {
  const contents = contentsOf(root, folder)
  const isPeer = (one: string): boolean => PEERS[folder]?.includes(one) === true
  const names = new Map([...packagesOf(root)].filter(([, one]) => !isPeer(one)))
  for (const part of contents.parts) await copyPart({ root, built, out, names }, part)
  for (const name of ['README.md', 'LICENSE']) {
    const own = join(root, pathOf(folder), name)
    const file = existsSync(own) ? own : join(root, name)
    await copyFile(file, join(out, name))
  }
  if (folder === 'spec-kitty') await bundle(contents, out)
  const manifest = packedManifest(root, contents)
  await writeFile(join(out, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  return contents
}

interface Copying {
  readonly root: string
  readonly built: string
  readonly out: string
  readonly names: ReadonlyMap<string, string>
}

/** Compiled modules and declarations, and every file that the compiler leaves alone. */
async function copyPart({ root, built, out, names }: Copying, part: string): Promise<void> {
  const files = part.endsWith('.ts') ? [part] : globSync(`${part}/**/*`, { cwd: root })
  for (const file of files) {
    const isSource = /(?<!\.d)\.ts$/.test(file)
    const outputs = isSource
      ? ['.js', '.d.ts'].map((suffix) => file.replace(/\.ts$/, suffix))
      : [file]
    for (const output of outputs) {
      const target = join(out, output)
      await mkdir(dirname(target), { recursive: true })
      if (!isSource) await cp(join(root, output), target, { recursive: false }).catch(ignoreFolder)
      else {
        const text = await readFile(join(built, output), 'utf8')
        await writeFile(target, withRelativePackages(root, names, output, text))
      }
    }
  }
}

function ignoreFolder(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ERR_FS_EISDIR') throw error
}

/** Our packages by their relative paths instead of their names. */
function withRelativePackages(
  root: string,
  names: ReadonlyMap<string, string>,
  file: string,
  text: string,
): string {
  const imports = /(\bfrom\s+|\bimport\s*\(\s*|\bimport\s+)(['"])([^'"\n]+)\2/g
  return text.replace(imports, (whole, start: string, quote: string, specifier: string) => {
    const [name] = [...names.keys()].filter(
      (one) => specifier === one || specifier.startsWith(`${one}/`),
    )
    const folder = names.get(name ?? '')
    if (name === undefined || folder === undefined) return whole
    const entry = readManifest(join(root, pathOf(folder))).exports
    const source = entry?.[`.${specifier.slice(name.length)}`]
    if (source === undefined) throw new Error(`${file}: ${specifier} is not an export of ${name}`)
    const target = `${pathOf(folder)}/${source.replace('./', '').replace(/\.ts$/, '.js')}`
    const path = posix.relative(posix.dirname(file), target)
    return `${start}${quote}${path.startsWith('.') ? path : `./${path}`}${quote}`
  })
}

/** The command starts from a bundle; its separate modules are not needed besides. */
async function bundle({ folder, dependencies }: Contents, out: string): Promise<void> {
  const main = join(out, 'packages', folder, 'src', 'main.js')
  const target = join(out, 'packages', folder, 'dist')
  await bundleProgram(main, Object.keys(dependencies), target)
  for (const file of globSync(join(out, 'packages/*/src/**/*.js'))) await rm(file)
}

function packedManifest(root: string, { folder, manifest, parts, dependencies }: Contents): object {
  const place = (path: string): string =>
    `./${relative(root, join(root, pathOf(folder), path))}`.replaceAll('\\', '/')
  const kept = Object.fromEntries(
    Object.entries(manifest).filter(([name]) => !['scripts', 'devDependencies'].includes(name)),
  )
  const peers = Object.entries(manifest.dependencies ?? {}).filter(([name]) =>
    PEERS[folder]?.includes(packagesOf(root).get(name) ?? ''),
  )
  const compiled = (path: string): string =>
    folder === 'spec-kitty' ? path.replace('./src/', './dist/') : path
  return {
    ...kept,
    private: undefined,
    ...(manifest.bin && {
      bin: Object.fromEntries(
        Object.entries(manifest.bin).map(([name, path]) => [name, place(path)]),
      ),
    }),
    exports: Object.fromEntries(
      Object.entries(manifest.exports ?? {}).map(([key, path]) => [
        key,
        path.endsWith('.ts')
          ? {
              types: place(path).replace(/\.ts$/, '.d.ts'),
              default: place(compiled(path)).replace(/\.ts$/, '.js'),
            }
          : path,
      ]),
    ),
    files: [...new Set(parts.map((part) => part.split('/')[0]?.replace(/\.ts$/, '.js') ?? ''))],
    dependencies,
    ...(peers.length > 0 && {
      peerDependencies: { ...manifest.peerDependencies, ...Object.fromEntries(peers) },
    }),
  }
}
