// `npm pack -w packages/<x>` runs this before and after it packs: `in-place.ts before|after`, in the
// folder of the package. Before: the tarball's contents are put into the folder, the package.json of
// the checkout is kept aside. After: everything is as it was.
import { existsSync } from 'node:fs'
import { cp, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { compile } from './build.ts'
import { contentsOf } from './contents.ts'
import { stage } from './stage.ts'

const root = resolve(import.meta.dirname, '../..')
const own = process.cwd()
const folder = basename(own)
const manifest = join(own, 'package.json')
const kept = join(own, '.package.json.checkout')

/** What the checkout itself has in a package's folder; everything else was put there by `before`. */
const OF_CHECKOUT = ['src', 'bin', 'sql', 'package.json', 'README.md', 'node_modules']

if (existsSync(kept)) await restore()
if (process.argv[2] === 'before') await prepare()

async function prepare(): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'pack-'))
  try {
    await compile(root, join(work, 'built'))
    await stage(root, join(work, 'built'), folder, join(work, 'staged'))
    await rename(manifest, kept)
    await cp(join(work, 'staged'), own, { recursive: true })
  } finally {
    await rm(work, { recursive: true })
  }
}

async function restore(): Promise<void> {
  await rename(kept, manifest)
  const staged = contentsOf(root, folder).parts.map((part) => part.split('/')[0] ?? '')
  const added = ['LICENSE', ...staged.map((part) => part.replace(/\.ts$/, '.js'))]
  for (const name of await readdir(own))
    if (added.includes(name) && !OF_CHECKOUT.includes(name))
      await rm(join(own, name), { recursive: true })
}
