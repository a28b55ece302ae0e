import { join } from 'node:path'
import { execa } from 'execa'
import { rolldown } from 'rolldown'

/** Compiles everything that is packed into `out`, which mirrors the checkout. */
export async function compile(root: string, out: string): Promise<void> {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const words = ['-p', join(root, '.config/tsconfig.build.json'), '--outDir', out]
  const { exitCode, stdout } = await execa(process.execPath, [tsc, ...words], { reject: false })
  if (exitCode !== 0) throw new Error(`the compiler found errors, so nothing is packed:\n${stdout}`)
}

/**
 * Joins the modules of a program into few files: a command starts in half the time when Node finds,
 * reads and links five files instead of a hundred and forty.
 *
 * @param main compiled module; its imports are relative or external
 * @param external packages that stay outside of the bundle
 */
export async function bundleProgram(
  main: string,
  external: readonly string[],
  out: string,
): Promise<void> {
  const build = await rolldown({
    input: { main },
    platform: 'node',
    external: external.map((name) => new RegExp(`^${name}(/|$)`)),
  })
  await build.write({ dir: out, format: 'esm', chunkFileNames: 'parts/[name]-[hash].js' })
  await build.close()
}
