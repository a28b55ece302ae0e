import { isDeepStrictEqual } from 'node:util'
import { byteMutations, jsonMutations, type Mutation } from '../mutations/document.ts'
import { differences, isAllowed } from '../mutations/harmless.ts'
import { openSubjects, type Subject } from './index.ts'

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

/** How the play of one document is narrowed and followed; its mutations are numbered in their order. */
export interface Watch {
  /** Only these are played. */
  readonly only?: ReadonlySet<number>
  /** Is told the end of each, and first that of the faultless document. */
  readonly judged?: (number: number | 'faultless', end: 'held' | 'harmless' | 'wrong') => void
}

/**
 * Plays every mutation of one document.
 *
 * @param enough ends after so many that are released wrongly
 * @throws Error if the gate holds on the faultless document
 */
export async function playSubject(
  subject: Subject,
  enough = Infinity,
  { only, judged: tell }: Watch = {},
): Promise<Figures> {
  const meaning = await subject.judge(Buffer.from(subject.faultless))
  if (meaning === null) throw new Error(`the gate holds on the faultless ${subject.name}`)
  tell?.('faultless', 'harmless')
  const counts = { tried: 0, held: 0, harmless: 0 }
  const wrong: string[] = []
  let number = -1
  for (const mutation of mutationsOf(subject)) {
    number += 1
    if (only?.has(number) === false) continue
    const bytes = mutation.bytes()
    if (Buffer.from(subject.faultless).equals(bytes)) continue
    if (wrong.length >= enough) break
    counts.tried += 1
    const end = endOf(subject, { meaning, now: await judged(subject, bytes), mutation, bytes })
    if (end === 'wrong') wrong.push(mutation.what)
    else counts[end] += 1
    tell?.(number, end)
  }
  return { subject: subject.name, ...counts, wrong }
}

interface Judged {
  readonly meaning: unknown
  readonly now: unknown
  readonly mutation: Mutation
  readonly bytes: Uint8Array
}

function endOf(subject: Subject, judgedNow: Judged): 'held' | 'harmless' | 'wrong' {
  if (judgedNow.now === null) return 'held'
  return isHarmless(subject, judgedNow) ? 'harmless' : 'wrong'
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

function isHarmless(subject: Subject, { meaning, now, mutation, bytes }: Judged): boolean {
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
