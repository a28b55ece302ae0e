/**
 * `bundle-program.ts [<dist>]`: joins the modules of the `spec-kitty` command into few files below
 * `dist/program/`. A command starts in half the time when Node finds, reads and links five files
 * instead of a hundred and forty; the separate modules stay for those who import the library.
 */
import { join, resolve } from 'node:path'
import { rolldown } from 'rolldown'

const dist = resolve(process.argv[2] ?? join(import.meta.dirname, '../dist'))

const build = await rolldown({
  input: { 'spec-kitty': join(dist, 'src/cli/main.js') },
  platform: 'node',
  // A native module cannot be bundled; undici is loaded by the commands that use the network.
  external: ['better-sqlite3', 'undici'],
})
await build.write({
  dir: join(dist, 'program'),
  format: 'esm',
  chunkFileNames: 'parts/[name]-[hash].js',
  cleanDir: true,
})
await build.close()
