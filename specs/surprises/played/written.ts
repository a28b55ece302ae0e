import { writeFile } from 'node:fs/promises'
import { byteMutations, jsonMutations, type Mutation } from '../mutations/document.ts'
import { junitContradictions, logContradictions } from '../mutations/report.ts'

/** One document that is changed on its way to the gate. */
export interface Surprise {
  /** Which document, as the stand-in or the server that writes it calls it. */
  readonly at: string
  /** Chooses the change: any whole number; the same one always chooses the same change of a document. */
  readonly draw: number
}

/** What a surprise did: left by whoever changed the document, for whoever judges the end. */
export interface Done {
  readonly what: string
  readonly kind: Mutation['kind'] | null
  readonly before: string
  /** In base64: a changed document need not be a text. */
  readonly after: string
  /** The document that has to agree with it, where there is one. */
  readonly beside?: string | undefined
}

/** A stand-in's argument: the surprise and the file that tells what it did; empty for none. */
export type StandInSurprise = Surprise & { readonly record: string }

/** The bytes to write: those of the text, or of its change where the surprise is for this document. */
export async function asWritten(document: {
  readonly surprise: string
  readonly at: string
  readonly text: string
  readonly sibling: string
  readonly beside?: string
}): Promise<Uint8Array> {
  const { surprise, at, text, sibling, beside } = document
  if (surprise === '') return Buffer.from(text)
  const { record, ...one } = JSON.parse(surprise) as StandInSurprise
  if (one.at !== at) return Buffer.from(text)
  const done: Done = { ...changeOf(one, text, sibling), beside }
  await writeFile(record, JSON.stringify(done))
  return Buffer.from(done.after, 'base64')
}

/** The change that a surprise makes of a document. */
export function changeOf({ at, draw }: Surprise, text: string, sibling: string): Done {
  const all = [...structural(at, text, sibling)]
  const every = draw % 3 === 0 ? [...byteMutations(text, sibling)] : all
  const mutation = every[Math.floor(draw / 3) % every.length]
  if (mutation === undefined) throw new Error(`${at}: nothing of it can be changed`)
  return {
    ...{ what: mutation.what, kind: mutation.kind ?? null, before: text },
    after: Buffer.from(mutation.bytes()).toString('base64'),
  }
}

/** One bit of a file that is not a text, such as a wheel, the other way round. */
export function flippedByte({ draw }: Surprise, bytes: Uint8Array): Done {
  const copy = Buffer.from(bytes)
  const at = draw % copy.length
  copy[at] = (copy[at] ?? 0) ^ 1
  return {
    ...{ what: `byte ${at} ^ 1`, kind: null, before: Buffer.from(bytes).toString('latin1') },
    after: copy.toString('base64'),
  }
}

/** Changes of what a document says; those of single bytes are far more and would hide them. */
function* structural(at: string, text: string, sibling: string): Generator<Mutation> {
  if (at.endsWith('.xml')) yield* junitContradictions(text)
  else if (at.endsWith('.log')) yield* logContradictions(text)
  const all = isJson(text) ? jsonMutations(text, sibling) : byteMutations(text, sibling)
  for (const mutation of all) if (!mutation.what.startsWith('byte ')) yield mutation
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object'
  } catch {
    return false
  }
}
