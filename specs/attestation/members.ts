import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { seal } from '../../packages/gate-kernel/src/attestation/dsse.ts'
import {
  fileNameOf,
  type StatementName,
  statementNames,
} from '../../packages/gate-kernel/src/attestation/statement.ts'
import { sha256Of } from '../../packages/gate-kernel/src/evidence/tree.ts'
import { json, type Places, readJson } from './sealed-run.ts'
import type { Scene, Tamper } from './tampers.ts'

type Edit = (statement: unknown) => unknown
type Path = readonly (string | number)[]

/**
 * Every member of every statement, changed, removed, doubled, and one added in each place; signed with
 * the right key, and the summary made to fit: what a holder of the key could state against the documents.
 */
export async function everyMember(places: Places): Promise<Tamper[]> {
  const tampers: Tamper[] = []
  for (const name of statementNames) {
    const statement = statementIn(await readJson(fileOf(places, name)))
    for (const [what, edit] of editsOf(statement, [])) {
      if (isBelieved(what)) continue
      tampers.push({ name: `${name}: ${what}`, apply: (scene) => restate(scene, name, edit) })
    }
  }
  return tampers
}

/**
 * What nothing else tells: the version of the program; and a run before this one that is elsewhere, of
 * which the report says that it cannot be checked.
 */
function isBelieved(what: string): boolean {
  return [
    'predicate.verifier.version.canary-gate is another text',
    'predicate.previous is there',
  ].includes(what)
}

function fileOf(places: Places, name: StatementName): string {
  return join(places.run, 'attestations', fileNameOf(name))
}

function statementIn(envelope: Record<string, unknown>): unknown {
  return JSON.parse(Buffer.from(String(envelope['payload']), 'base64').toString())
}

function editsOf(value: unknown, path: Path): (readonly [what: string, edit: Edit])[] {
  const at = path.join('.')
  const put = (next: unknown): Edit => inserted(path, () => next)
  if (typeof value === 'string') return [[`${at} is another text`, put(otherText(value))]]
  if (value === null) return [[`${at} is there`, put({ runId: 'x', sha256: '1'.repeat(64) })]]
  if (Array.isArray(value)) {
    const [first] = value as unknown[]
    const whole: (readonly [string, Edit])[] =
      value.length === 0
        ? [[`${at} has an entry`, put(['SLSA_BUILD_LEVEL_3'])]]
        : [
            [`${at} has its first entry twice`, put([first, ...(value as unknown[])])],
            [`${at} lacks its first entry`, put(value.slice(1))],
            [`${at} is empty`, put([])],
          ]
    // The entries of a list are alike: those at its two ends stand for them.
    const ends = [...new Set([0, value.length - 1])].filter((index) => index in value)
    return [...whole, ...ends.flatMap((index) => editsOf(value[index], [...path, index]))]
  }
  const members = Object.entries(value as Record<string, unknown>)
  return [
    [`${at} says more`, put({ ...(value as object), more: 'x' })],
    ...members.flatMap(([key, member]) => [
      [
        `${at} lacks ${key}`,
        put(Object.fromEntries(members.filter(([name]) => name !== key))),
      ] as const,
      ...editsOf(member, [...path, key]),
    ]),
  ]
}

/** A text of the same kind: a digest, a time, one of two results, a name. */
function otherText(text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return sha256Of(text)
  if (/^\d{4}-\d\d-\d\dT/.test(text)) return text.replace(/^\d{4}/, '2031')
  if (text === 'PASSED') return 'FAILED'
  return `${text}x`
}

function inserted(path: Path, next: () => unknown): Edit {
  const [key, ...rest] = path
  if (key === undefined) return next
  return (document) => {
    const inner = inserted(rest, next)((document as Record<string, unknown>)[key])
    if (!Array.isArray(document)) return { ...(document as object), [key]: inner }
    return document.map((one: unknown, index) => (index === key ? inner : one))
  }
}

async function restate(scene: Scene, name: StatementName, edit: Edit): Promise<void> {
  await rewrite(scene, name, edit)
  // The summary names the digests of the other two: it is made to fit.
  if (name !== 'vsa') await rewrite(scene, 'vsa', await fitting(scene.places))
}

async function rewrite({ places, key }: Scene, name: StatementName, edit: Edit): Promise<void> {
  const file = fileOf(places, name)
  const statement = edit(statementIn(await readJson(file)))
  await rm(file)
  await json(file, seal(Buffer.from(JSON.stringify(statement)), key))
}

async function fitting(places: Places): Promise<Edit> {
  const digests = new Map<string, string>()
  for (const name of ['seal', 'test-result'] as const)
    digests.set(fileNameOf(name), sha256Of(await readFile(fileOf(places, name))))
  return (statement) => {
    const summary = statement as { predicate: { inputAttestations: { uri: string }[] } }
    const inputAttestations = summary.predicate.inputAttestations.map((input) => {
      const sha256 = digests.get(input.uri)
      return sha256 === undefined ? input : { ...input, digest: { sha256 } }
    })
    return { ...summary, predicate: { ...summary.predicate, inputAttestations } }
  }
}
