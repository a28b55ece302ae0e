import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { folderOf, type OwnPackage } from './own-packages.ts'

/** A package of somebody else, as the gate has it. */
export interface Library {
  /** Its name, behind the names of those that lead to it where several versions are there. */
  readonly name: string
  /** Its real folder; undefined where it is not installed, as an optional one need not be. */
  readonly folder: string | undefined
}

const names = z.record(z.string(), z.string()).default({})
const manifestSchema = z.looseObject({
  dependencies: names,
  peerDependencies: names,
  os: z.unknown().optional(),
  cpu: z.unknown().optional(),
})

/**
 * Every library that the gate may load: what its packages depend on, and what that depends on in turn. The
 * lock file says which versions were installed, and not that their code is still what was installed.
 *
 * @returns in the order of their names, each folder once; without what is built for one kind of machine
 */
export async function librariesOf(own: readonly OwnPackage[]): Promise<Library[]> {
  const isOwn = new Set(own.map(({ name }) => name))
  const found = new Map<string, Library>()
  const waiting = own.flatMap(({ name, folder }) =>
    folder === undefined ? [] : [{ trail: name, folder }],
  )
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    for (const name of await neededBy(next.folder)) {
      if (isOwn.has(name)) continue
      const folder = await folderOf(name, next.folder)
      const key = folder ?? `${name} of ${next.trail}`
      if (found.has(key) || (folder !== undefined && (await isOfOneMachine(folder)))) continue
      const trail = `${next.trail} ${name}`
      found.set(key, { name: trail, folder })
      if (folder !== undefined) waiting.push({ trail, folder })
    }
  }
  return [...found.values()].sort((one, other) => (one.name < other.name ? -1 : 1))
}

async function neededBy(folder: string): Promise<string[]> {
  const { dependencies, peerDependencies } = await manifestOf(folder)
  return [...new Set([...Object.keys(dependencies), ...Object.keys(peerDependencies)])].sort()
}

/** A package that is only for some systems or processors is another one, or none, on the next machine. */
async function isOfOneMachine(folder: string): Promise<boolean> {
  const { os, cpu } = await manifestOf(folder)
  return os !== undefined || cpu !== undefined
}

async function manifestOf(folder: string): Promise<z.infer<typeof manifestSchema>> {
  return manifestSchema.parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')))
}
