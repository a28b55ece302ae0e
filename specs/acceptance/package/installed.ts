import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { execa } from 'execa'

export const root = join(import.meta.dirname, '..', '..', '..')

/** Packs every package once, as `npm run pack` does. @returns folder of the package → its tarball */
export async function packAll(to: string): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await execa(process.execPath, [join(root, '.config/pack/pack.ts'), to])
  const tarballs = stdout.split('\n')
  const entries = readdirSync(join(root, 'packages')).flatMap((folder) => {
    const manifest = readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8')
    const { name, version } = JSON.parse(manifest) as { name: string; version: string }
    const file = `${name.replace('@', '').replace('/', '-')}-${version}.tgz`
    return tarballs.filter((path) => basename(path) === file).map((path) => [folder, path] as const)
  })
  return new Map(entries)
}

/** A folder outside of the checkout with its own package.json: nothing of this project is above it. */
export async function emptyFolder(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'elsewhere-'))
  await writeFile(join(path, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

/** `npm install` of tarballs and packages, with nothing but the registry. */
export async function install(folder: string, ...what: readonly string[]): Promise<void> {
  await execa('npm', ['install', '--no-audit', '--no-fund', ...what], { cwd: folder })
}

export interface Size {
  readonly packages: number
  readonly megabytes: number
}

/** Number and size of the packages that were installed: the bytes of their files. */
export function installedSize(folder: string): Size {
  const modules = join(folder, 'node_modules')
  const lock = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8')) as {
    packages: Record<string, unknown>
  }
  const bytes = readdirSync(modules, { recursive: true, encoding: 'utf8' })
    .map((path) => lstatSync(join(modules, path)))
    .filter((one) => one.isFile())
    .reduce((sum, { size }) => sum + size, 0)
  return { packages: Object.keys(lock.packages).length, megabytes: Math.ceil(bytes / 1_000_000) }
}

/** The code blocks of a language in a package's README. */
export function readmeExamples(folder: string, language: string): string[] {
  const text = readFileSync(join(root, 'packages', folder, 'README.md'), 'utf8')
  const blocks = text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))
  return [...blocks].map(([, code = '']) => code)
}

/** Runs a README's TypeScript example as it is: compiled strictly, then started. */
export async function runExample(folder: string, code: string): Promise<string> {
  await mkdir(join(folder, 'src'), { recursive: true })
  await writeFile(join(folder, 'src', 'example.ts'), code)
  const compilerOptions = {
    ...{ module: 'NodeNext', target: 'ES2024', strict: true, skipLibCheck: false },
    ...{ lib: ['ES2024', 'ESNext.Disposable'], types: ['node'], rootDir: 'src', outDir: 'out' },
  }
  const config = { compilerOptions, include: ['src'] }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const tsc = await execa('npx', ['tsc', '-p', '.'], { cwd: folder, reject: false })
  if (tsc.exitCode !== 0) throw new Error(tsc.stdout)
  const program = join(folder, 'out', 'example.js')
  const { stdout } = await execa(process.execPath, [program], { cwd: folder })
  return stdout
}
