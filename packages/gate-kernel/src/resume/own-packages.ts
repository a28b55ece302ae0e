import { readFile, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ifAbsent } from '@canary-gate/documents'
import { z } from 'zod'

/** What runs every gate: the program, the kernel, and what drives Vitest. */
const programs = ['canary-gate', '@canary-gate/gate-kernel', '@canary-gate/reporters']

/** A package of this project, as the gate has it: in its checkout, or installed. */
export interface OwnPackage {
  readonly name: string
  /** Its real folder; undefined where the gate does not have it. */
  readonly folder: string | undefined
}

const manifestSchema = z.looseObject({
  dependencies: z.record(z.string(), z.string()).default({}),
})

/**
 * The packages of this project that decide what a pass means, found by what they depend on and never by a
 * list that somebody has to keep: one that was forgotten could be changed without anybody noticing.
 *
 * @param root the folder that the gate is started in
 * @returns in the order of their names
 */
export async function ownPackages(root: string): Promise<OwnPackage[]> {
  const found = new Map<string, OwnPackage>()
  const waiting = programs.map((name) => ({ name, from: root }))
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { name, from } = next
    if (found.get(name)?.folder !== undefined) continue
    const folder = await folderOf(name, from)
    found.set(name, { name, folder })
    if (folder === undefined) continue
    for (const needed of await ownDependencies(folder)) waiting.push({ name: needed, from: folder })
  }
  return [...found.values()].sort((one, other) => (one.name < other.name ? -1 : 1))
}

/** As Node looks for a package: in the `node_modules` of the folder, and of each one above it. */
export async function folderOf(name: string, from: string): Promise<string | undefined> {
  for (let folder = from; ; folder = dirname(folder)) {
    const found = await realpath(join(folder, 'node_modules', name)).catch(ifAbsent(undefined))
    if (found !== undefined || folder === dirname(folder)) return found
  }
}

async function ownDependencies(folder: string): Promise<string[]> {
  const text = await readFile(join(folder, 'package.json'), 'utf8')
  const { dependencies } = manifestSchema.parse(JSON.parse(text))
  return Object.keys(dependencies).filter(
    (name) => name === 'canary-gate' || name.startsWith('@canary-gate/'),
  )
}
