// Copies what the compiler leaves behind (JSON, shell scripts, templates) beside the built modules.
import { cp, rm } from 'node:fs/promises'
import { extname } from 'node:path'

const rooms = ['src/gate', 'src/sync', 'src/cli', 'gate', 'fixtures', 'reporters']

for (const room of rooms) {
  await cp(new URL(`../${room}`, import.meta.url), new URL(`../dist/${room}`, import.meta.url), {
    recursive: true,
    filter: (source) => extname(source) !== '.ts',
  })
}
await rm(new URL('../dist/.tsbuildinfo', import.meta.url), { force: true })
