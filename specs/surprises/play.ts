import { isDeepStrictEqual } from 'node:util'
import { byteMutations, jsonMutations, type Mutation } from './mutations.ts'
import { type Subject, subjects } from './subjects.ts'

/** What the gate's readers made of every mutation of one document. */
export interface Figures {
  readonly subject: string
  readonly tried: number
  readonly held: number
  /** Released, and rightly: the document means the same, or differs where the table says why it may. */
  readonly harmless: number
  /** Released although something that matters was changed. */
  readonly wrong: readonly string[]
}

/** Plays every mutation against the readers and checks of the gate; no processes, no network. */
export function playAll(): Figures[] {
  return subjects.map((subject) => playSubject(subject, Infinity))
}

/** How many surprises of one document are released wrongly: 0, or 1 as soon as there is one. */
export function anyWrong(name: string): number {
  const subject = subjects.find((one) => one.name === name)
  if (subject === undefined) throw new Error(`there is no document ${name}`)
  return playSubject(subject, 1).wrong.length
}

function playSubject(subject: Subject, enough: number): Figures {
  const meaning = subject.judge(Buffer.from(subject.faultless))
  if (meaning === null) throw new Error(`the gate holds on the faultless ${subject.name}`)
  const counts = { tried: 0, held: 0, harmless: 0 }
  const wrong: string[] = []
  for (const mutation of mutationsOf(subject)) {
    if (Buffer.from(subject.faultless).equals(mutation.bytes)) continue
    if (wrong.length >= enough) break
    counts.tried += 1
    const now = judged(subject, mutation)
    if (now === null) counts.held += 1
    else if (isHarmless(subject, meaning, now, mutation)) counts.harmless += 1
    else wrong.push(mutation.what)
  }
  return { subject: subject.name, ...counts, wrong }
}

function mutationsOf({ form, faultless, sibling }: Subject): Iterable<Mutation> {
  return form === 'json' ? jsonMutations(faultless, sibling) : byteMutations(faultless, sibling)
}

function judged(subject: Subject, { bytes }: Mutation): unknown {
  try {
    return subject.judge(bytes)
  } catch {
    return null
  }
}

function isHarmless(subject: Subject, meaning: unknown, now: unknown, mutation: Mutation): boolean {
  if (mutation.isAmbiguous === true && subject.form !== 'log') return false
  if (isDeepStrictEqual(now, meaning)) return true
  if (subject.form !== 'json') return false
  const before = JSON.parse(subject.faultless) as unknown
  const after = JSON.parse(Buffer.from(mutation.bytes).toString('utf8')) as unknown
  const changed = differences(before, after)
  return changed.every((path) =>
    subject.harmless.some(
      ([harmless, , accepts]) =>
        harmless.test(path) && (accepts === undefined || accepts(valueAt(after, path))),
    ),
  )
}

function valueAt(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), value)
}

/** Paths at which two documents differ, dotted. */
function differences(one: unknown, other: unknown, path = ''): string[] {
  if (isDeepStrictEqual(one, other)) return []
  if (!isObject(one) || !isObject(other)) return [path]
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])]
  return keys.flatMap((key) =>
    differences(one[key], other[key], path === '' ? key : `${path}.${key}`),
  )
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
