import { isDeepStrictEqual } from 'node:util'
import { byteMutations, jsonMutations, type Mutation } from './mutations/document.ts'
import { differences, isAllowed } from './mutations/harmless.ts'
import { openSubjects, type Subject } from './subjects/index.ts'

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

/**
 * Plays every mutation against the readers and checks of the gate: no network, no programs but git.
 *
 * @param say is told the name of each document before it is played
 * @param folder plays only the documents whose checks are in this folder
 */
export async function playAll(
  say: (subject: string) => void = () => undefined,
  folder = '',
): Promise<Figures[]> {
  await using subjects = await openSubjects()
  const figures: Figures[] = []
  for (const subject of subjects.all.filter((one) => one.folder.includes(folder))) {
    say(subject.name)
    figures.push(await playSubject(subject))
  }
  return figures
}

/**
 * Whether any surprise is released wrongly; stops at the first.
 *
 * @param near the place of a check: where a folder has documents of its own, only they can reach it
 * @throws Error if the gate holds on a faultless document
 */
export async function isAnyWrong(near: string): Promise<boolean> {
  await using subjects = await openSubjects()
  const own = subjects.all.filter(({ folder, alsoOf = folder }) =>
    [folder, alsoOf].some((one) => near.includes(one)),
  )
  for (const subject of own.length > 0 ? own : subjects.all)
    if ((await playSubject(subject, 1)).wrong.length > 0) return true
  return false
}

/**
 * Plays every mutation of one document.
 *
 * @param enough ends after so many that are released wrongly
 * @throws Error if the gate holds on the faultless document
 */
export async function playSubject(subject: Subject, enough = Infinity): Promise<Figures> {
  const meaning = await subject.judge(Buffer.from(subject.faultless))
  if (meaning === null) throw new Error(`the gate holds on the faultless ${subject.name}`)
  const counts = { tried: 0, held: 0, harmless: 0 }
  const wrong: string[] = []
  for (const mutation of mutationsOf(subject)) {
    const bytes = mutation.bytes()
    if (Buffer.from(subject.faultless).equals(bytes)) continue
    if (wrong.length >= enough) break
    counts.tried += 1
    const now = await judged(subject, bytes)
    if (now === null) counts.held += 1
    else if (isHarmless(subject, { meaning, now, mutation, bytes })) counts.harmless += 1
    else wrong.push(mutation.what)
  }
  return { subject: subject.name, ...counts, wrong }
}

function* mutationsOf(subject: Subject): Generator<Mutation> {
  const { form, faultless, sibling, contradictions = [], every = 1, always } = subject
  yield* contradictions
  const all =
    form === 'json' ? jsonMutations(faultless, sibling) : byteMutations(faultless, sibling)
  let number = 0
  for (const mutation of all)
    if (number++ % every === 0 || always?.test(mutation.what) === true) yield mutation
}

async function judged(subject: Subject, bytes: Uint8Array): Promise<unknown> {
  try {
    return await subject.judge(bytes)
  } catch {
    return null
  }
}

function isHarmless(
  subject: Subject,
  {
    meaning,
    now,
    mutation,
    bytes,
  }: { meaning: unknown; now: unknown; mutation: Mutation; bytes: Uint8Array },
): boolean {
  if (hasToBeHeld(mutation, subject)) return false
  if (isDeepStrictEqual(now, meaning)) return true
  if (subject.form !== 'json') return false
  const before = JSON.parse(subject.faultless) as unknown
  const after = JSON.parse(Buffer.from(bytes).toString('utf8')) as unknown
  const changed = differences(before, after)
  return changed.every((path) => isAllowed(subject.harmless, path, after))
}

function hasToBeHeld({ kind }: Mutation, { form, isClosed }: Subject): boolean {
  if (kind === 'unknown') return isClosed === true
  // What a program prints is bounded while it runs.
  if (kind === 'boundless') return form !== 'log'
  return kind === 'contradiction' || (kind === 'ambiguous' && form !== 'log' && form !== 'html')
}
