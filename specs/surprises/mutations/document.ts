import { isDeepStrictEqual } from 'node:util'
import { otherValues } from './values.ts'

/** One change of a document, and what was changed. */
export interface Mutation {
  readonly what: string
  /** Made when it is played: most mutations of a long document are not. */
  readonly bytes: () => Uint8Array
  /**
   * Has to be held whatever our reader makes of it: `ambiguous` where two readers may read two documents,
   * `contradiction` where it says two things that cannot both be, `unknown` where it says something that
   * nobody here knows, `boundless` where no program of its kind writes so much, or so deep.
   */
  readonly kind?: 'ambiguous' | 'contradiction' | 'unknown' | 'boundless'
}

type Path = readonly (string | number)[]

/** Every change of every field of a JSON document, and of the bytes around and between them. */
export function* jsonMutations(text: string, sibling: string): Generator<Mutation> {
  const value: unknown = JSON.parse(text)
  if (!Array.isArray(value))
    yield unknownKey('document', () => ({ ...(value as object), dead_letters: 'x' }))
  yield ambiguous('a key that is the prototype of all', () => text.replace('{', '{"__proto__":[],'))
  const deep = `${'['.repeat(500)}${']'.repeat(500)}`
  yield {
    ...of('500 lists inside of each other', () => text.replace('{', `{"dead_letters":${deep},`)),
    kind: 'boundless',
  }
  const others: unknown = isJson(sibling) ? JSON.parse(sibling) : undefined
  for (const [path, at] of fieldsOf(value)) {
    for (const [kind, other] of [
      ...otherValues(at),
      ['of its sibling', valueAt(others, path)],
    ] as const) {
      if (other === undefined || isDeepStrictEqual(other, at)) continue
      yield of(`${path.join('.')}: ${kind}`, () => JSON.stringify(replaced(value, path, other)))
    }
    if (typeof at === 'object' && at !== null && !Array.isArray(at))
      yield unknownKey(path.join('.'), () => replaced(value, path, { ...at, dead_letters: 'x' }))
    const key = path.at(-1)
    if (typeof key === 'string') yield* keyMutations(value, path, key, at)
  }
  yield* byteMutations(text, sibling)
}

let spaces: Buffer | undefined

/** Made once: it is longer than any document that a reader takes. */
function more(): Buffer {
  return (spaces ??= Buffer.alloc(70 * 1024 * 1024, ' '))
}

/** What decoders repair, each in its own way. */
const notUtf8: readonly (readonly [kind: string, bytes: readonly number[]])[] = [
  ['half a letter', [0xc3]],
  ['a letter written too long', [0xc0, 0xaf]],
  ['half a pair of UTF-16', [0xed, 0xa0, 0x80]],
]

/** Changes of the bytes of a text of any form. */
export function* byteMutations(text: string, sibling: string): Generator<Mutation> {
  const bytes = Buffer.from(text)
  for (let index = 0; index < bytes.byteLength; index += 1) {
    yield { what: `byte ${index} left out`, bytes: () => without(bytes, index) }
    for (const bit of [1, 2, 16, 128])
      yield { what: `byte ${index} ^ ${bit}`, bytes: () => flipped(bytes, index, bit) }
  }
  for (let part = 1; part < 20; part += 1)
    yield {
      what: `cut off at ${part}/20`,
      bytes: () => bytes.subarray(0, Math.floor((bytes.byteLength * part) / 20)),
    }
  yield of('nothing', () => '')
  yield ambiguous('a byte order mark', () => `\ufeff${text}`)
  yield ambiguous('a NUL at the end', () => `${text}\0`)
  yield ambiguous('a second document', () => `${text}${text}`)
  yield ambiguous('trailing words', () => `${text} ok`)
  yield ambiguous('a comment', () => `${text}//`)
  yield { what: 'UTF-16', bytes: () => Buffer.from(text, 'utf16le') }
  yield { what: 'Latin-1', bytes: () => Buffer.concat([bytes, Buffer.from([0xe9])]) }
  for (const [kind, wrong] of notUtf8) {
    const at = Math.max(bytes.lastIndexOf('"'), 0)
    const inside = (): Buffer =>
      Buffer.concat([bytes.subarray(0, at), Buffer.from(wrong), bytes.subarray(at)])
    yield { what: `${kind} in its last text`, bytes: inside, kind: 'ambiguous' }
  }
  yield { what: '70 MB more', bytes: () => Buffer.concat([bytes, more()]), kind: 'boundless' }
  yield of('its sibling', () => sibling)
}

function* keyMutations(value: unknown, path: Path, key: string, at: unknown): Generator<Mutation> {
  const name = path.join('.')
  if (typeof at === 'number') yield* otherLiterals(value, path, key, at)
  // One reader keeps half of a pair, another one puts a question mark there.
  if (typeof at === 'string')
    yield ambiguous(`${name}: half of a surrogate pair`, () =>
      JSON.stringify(replaced(value, path, `${at}\u0001`)).replace(
        String.raw`\u0001"`,
        String.raw`\ud800"`,
      ),
    )
  yield of(`${name}: missing`, () => JSON.stringify(replaced(value, path, undefined)))
  // A key that is there twice is refused whatever its values are, so a part of them is enough.
  for (const [kind, other] of otherValues(at).filter((_, index) => index % 4 === 1)) {
    if (isDeepStrictEqual(other, at)) continue
    const marker = '\u0001'
    const marked = (): string => JSON.stringify(renamed(value, path, marker))
    const [own, double] = [JSON.stringify(at), JSON.stringify(other)]
    const pair = `"\\u0001":${own}`
    const named = JSON.stringify(key)
    yield ambiguous(`${name}: twice, ${kind} first`, () =>
      marked().replace(pair, () => `${named}:${double},${named}:${own}`),
    )
    yield ambiguous(`${name}: twice, ${kind} last`, () =>
      marked().replace(pair, () => `${named}:${own},${named}:${double}`),
    )
  }
  for (const spelled of [
    key.toUpperCase(),
    `${key}\u200b`,
    key.replace('a', '\u0430').replace('o', '\u043e'),
    ` ${key}`,
  ]) {
    const own = `${JSON.stringify(key)}:${JSON.stringify(at)}`
    const text = (): string => JSON.stringify(value)
    if (spelled !== key && spelled.trim() === spelled)
      yield ambiguous(`${name}: and ${JSON.stringify(spelled)} too`, () =>
        text().replace(own, () => `${own},${JSON.stringify(spelled)}:${JSON.stringify(at)}`),
      )
    if (spelled !== key)
      yield of(`${name}: spelled ${JSON.stringify(spelled)}`, () =>
        JSON.stringify(renamed(value, path, spelled)),
      )
  }
}

/** The same number, written as no writer of this document writes it. */
function* otherLiterals(value: unknown, path: Path, key: string, at: number): Generator<Mutation> {
  const marked = JSON.stringify(renamed(value, path, '\u0001'))
  for (const literal of [`${at}.0`, `${at}e0`, `${at}.00`, ...(at === 0 ? ['-0', '-0.0'] : [])])
    yield ambiguous(`${path.join('.')}: written as ${literal}`, () =>
      marked.replace(`"\\u0001":${at}`, () => `${JSON.stringify(key)}:${literal}`),
    )
}

function isJson(text: string): boolean {
  return /^[[{]/.test(text)
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, key) =>
      typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined,
    value,
  )
}

function* fieldsOf(value: unknown, path: Path = []): Generator<[Path, unknown]> {
  if (path.length > 0) yield [path, value]
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value))
    yield* fieldsOf(inner, [...path, Array.isArray(value) ? Number(key) : key])
}

function replaced(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by
  if (Array.isArray(value))
    return value.map((one: unknown, index): unknown =>
      index === key ? replaced(one, rest, by) : one,
    )
  const entries = Object.entries(value as object).map(([name, inner]: [string, unknown]) => [
    name,
    name === key ? replaced(inner, rest, by) : inner,
  ])
  return Object.fromEntries(entries) as unknown
}

function renamed(value: unknown, [key, ...rest]: Path, to: string): unknown {
  if (Array.isArray(value))
    return value.map((one: unknown, index): unknown =>
      index === key ? renamed(one, rest, to) : one,
    )
  const entries = Object.entries(value as object).map(([name, inner]: [string, unknown]) => {
    if (name !== key) return [name, inner]
    return rest.length === 0 ? [to, inner] : [name, renamed(inner, rest, to)]
  })
  return Object.fromEntries(entries) as unknown
}

function ambiguous(what: string, text: () => string): Mutation {
  return { ...of(what, text), kind: 'ambiguous' }
}

function unknownKey(place: string, value: () => unknown): Mutation {
  return { ...of(`${place}: a key nobody knows`, () => JSON.stringify(value())), kind: 'unknown' }
}

function of(what: string, text: () => string): Mutation {
  return { what, bytes: () => Buffer.from(text()) }
}

function without(bytes: Buffer, index: number): Buffer {
  return Buffer.concat([bytes.subarray(0, index), bytes.subarray(index + 1)])
}

function flipped(bytes: Buffer, index: number, bit: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[index] = (copy[index] ?? 0) ^ bit
  return copy
}
