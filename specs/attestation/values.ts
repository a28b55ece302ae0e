import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { attestRun, json, type Places, readJson } from './sealed-run.ts'
import type { Tamper } from './tampers.ts'

type Path = readonly (string | number)[]

/**
 * Every value in every document of a run, replaced by its neighbours and by values of other types,
 * removed, and one added beside it; then everything is sealed anew with the right key. Many of these
 * change nothing that a release rests on: two verifiers have to agree on each of them.
 */
export async function everyValue(places: Places): Promise<Tamper[]> {
  const tampers: Tamper[] = []
  const seen = new Set<string>()
  for (const [place, folder] of [
    ['run', places.run],
    ['attempt', places.attempt],
  ] as const)
    for (const file of await documentsIn(folder)) {
      const document = await readJson(join(folder, file))
      // The documents of the four runs are alike: one stands for them.
      const shape = shapeOf(document)
      if (seen.has(shape)) continue
      seen.add(shape)
      for (const { path, values } of placesOf(document, []))
        for (const value of values)
          tampers.push({
            name: `${file}: ${path.join('.')} is ${value === undefined ? 'gone' : JSON.stringify(value)}`,
            apply: async (scene) => {
              await json(join(scene.places[place], file), replaced(document, path, value))
              await rm(join(scene.places.run, 'attestations'), { recursive: true })
              await attestRun(scene.root, scene.key)
            },
          })
    }
  return tampers
}

async function documentsIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((name) => !name.startsWith('attestations'))
}

function shapeOf(document: unknown): string {
  return JSON.stringify(document, (_, value: unknown) =>
    typeof value === 'object' && value !== null ? value : typeof value,
  )
}

interface Place {
  readonly path: Path
  /** `undefined` takes the value away. */
  readonly values: readonly unknown[]
}

function placesOf(value: unknown, path: Path): Place[] {
  const here = { path, values: valuesInstead(value) }
  if (typeof value !== 'object' || value === null) return [here]
  // The entries of a list are alike: those at its two ends stand for them.
  const keys = Array.isArray(value)
    ? [...new Set([0, value.length - 1])].filter((index) => index in value)
    : Object.keys(value)
  const inner = keys.flatMap((key) =>
    placesOf((value as Record<string, unknown>)[key], [...path, key]),
  )
  return path.length === 0 ? inner : [here, ...inner]
}

/** Nothing, another type, what other languages take for the same, and a neighbour. */
function valuesInstead(value: unknown): unknown[] {
  if (typeof value === 'number') return [undefined, null, value === 1, value + 1, String(value)]
  if (typeof value === 'boolean') return [undefined, null, !value, Number(value), String(value)]
  if (typeof value === 'string') return [undefined, null, 0, '', `${value} `, [value]]
  if (value === null) return [undefined, false, 0, '', {}]
  if (isList(value)) return [undefined, null, {}, [...value, ...value.slice(-1)], value.slice(1)]
  return [undefined, null, true, [value], { ...value, more: 1 }]
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}

function replaced(document: unknown, path: Path, value: unknown): unknown {
  const [key, ...rest] = path
  if (key === undefined) return value
  const copy = structuredClone(document) as Record<string | number, unknown>
  const inner = replaced(copy[key], rest, value)
  if (inner === undefined && Array.isArray(copy)) copy.splice(Number(key), 1)
  else copy[key] = inner
  return copy
}
