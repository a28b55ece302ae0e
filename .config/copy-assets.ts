// Copies what the compiler leaves behind (JSON, shell scripts, templates) beside the built modules, and
// removes what an earlier build made of sources that are gone: everything in `dist` is packed.
import { existsSync } from 'node:fs'
import { cp, readdir, rm } from 'node:fs/promises'
import { extname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const rooms = ['src/gate', 'src/sync', 'src/cli', 'gate', 'fixtures', 'reporters']

for (const room of rooms) {
  await cp(new URL(`../${room}`, import.meta.url), new URL(`../dist/${room}`, import.meta.url), {
    recursive: true,
    filter: (source) => extname(source) !== '.ts',
  })
}
const dist = fileURLToPath(new URL('../dist/', import.meta.url))
const entries = await readdir(dist, { recursive: true, withFileTypes: true })
for (const entry of entries.filter((one) => one.isFile())) {
  const built = join(entry.parentPath, entry.name)
  const path = relative(dist, built)
  const source = join(dist, '..', path.replace(/(?:\.d\.ts|\.js)$/, '.ts'))
  const isBundle = path.startsWith('program')
  if (!isBundle && !existsSync(source)) await rm(built, { force: true })
}
await rm(new URL('../dist/.tsbuildinfo', import.meta.url), { force: true })
