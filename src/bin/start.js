// Plain JavaScript that any Node can parse: the version is checked before a native module is loaded.
import { existsSync } from 'node:fs'

const OLDEST = [22, 19]

/**
 * Starts a program from its TypeScript source in a checkout, from `dist/` in an installed package;
 * there from its bundle, if it has one, which starts faster.
 *
 * @param {string} name the program's name, for the message on an old Node
 * @param {string} entry its module below `src/`, without extension; it must export `main(argv)`
 */
export async function start(name, entry) {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    process.stderr.write(
      `${name}: needs Node ${OLDEST.join('.')} or later, this is ${process.versions.node}; install a newer Node and run it again\n`,
    )
    process.exit(69)
  }
  const source = new URL(`../${entry}.ts`, import.meta.url)
  const bundle = new URL(`../../dist/program/${name}.js`, import.meta.url)
  const built = new URL(`../../dist/src/${entry}.js`, import.meta.url)
  const found = [source, bundle].find((url) => existsSync(url)) ?? built
  const program = await import(found.href)
  process.exitCode = await program.main(process.argv.slice(2))
}
