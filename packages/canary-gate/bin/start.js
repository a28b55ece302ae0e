// Plain JavaScript that any Node can parse: the version is checked before a native module is loaded.
import { existsSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { fileURLToPath } from 'node:url'

const OLDEST = [22, 19]

/**
 * Starts a program from its TypeScript source in a checkout, from compiled modules or a bundle in an
 * installed package.
 *
 * @param {string} name the program's name, for the message on an old Node
 */
export async function start(name) {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    process.stderr.write(
      `${name}: needs Node ${OLDEST.join('.')} or later, this is ${process.versions.node}; install a newer Node and run it again\n`,
    )
    process.exit(69)
  }
  const places = ['../src/main.ts', '../dist/main.js', '../src/main.js']
  const [module] = places
    .map((path) => new URL(path, import.meta.url))
    .filter((url) => existsSync(url))
  if (module.pathname.endsWith('.ts')) keepCompiled()
  const program = await import(module.href)
  process.exitCode = await program.main(process.argv.slice(2))
}

/** In a checkout, compiling TypeScript is most of the time of a start: Node keeps what it compiled. */
function keepCompiled() {
  const folder = new URL('../../../node_modules/.cache/programs', import.meta.url)
  nodeModule.enableCompileCache?.(fileURLToPath(folder))
}
