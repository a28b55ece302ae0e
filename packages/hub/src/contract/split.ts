/** Where one value is in the body, in bytes, and what the scan saw of it. */
export interface Slice {
  readonly from: number
  readonly to: number
  /** Colons outside strings: the number of members of all its objects. */
  readonly members: number
  readonly depth: number
}

export interface SplitBody {
  /** The elements of `events`, in order. */
  readonly events: readonly Slice[]
  /** Every other member of the outer object. */
  readonly others: ReadonlyMap<string, Slice>
}

/** The body is not `{"events": […]}`. */
export class MalformedBody extends Error {}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d

/**
 * Finds the text of each event in a batch body without parsing it, because the hub stores the bytes
 * that were sent: a number would lose digits on its way through a double. Brackets and strings are
 * followed; whether a slice is JSON is decided later, for each event alone.
 * @throws {MalformedBody}
 */
export function splitBody(body: Buffer): SplitBody {
  return new Scanner(body).outer()
}

class Scanner {
  readonly #body: Buffer
  #at = 0

  constructor(body: Buffer) {
    this.#body = body
  }

  outer(): SplitBody {
    let events: Slice[] | undefined
    const others = new Map<string, Slice>()
    this.#expect(OPEN_BRACE, 'the body must be an object')
    for (let more = this.#peek() !== CLOSE_BRACE; more; more = this.#separator(CLOSE_BRACE)) {
      const name = this.#name()
      this.#expect(COLON, 'a member has no value')
      if (name === 'events') {
        if (events !== undefined) throw new MalformedBody('"events" appears twice')
        events = this.#elements()
      } else {
        if (others.has(name)) throw new MalformedBody(`"${name}" appears twice`)
        others.set(name, this.#value())
      }
    }
    this.#expect(CLOSE_BRACE, 'the body does not end')
    if (this.#peek() !== undefined) throw new MalformedBody('something follows the outer object')
    if (events === undefined) throw new MalformedBody('the body must be {"events": […]}')
    return { events, others }
  }

  #elements(): Slice[] {
    const found: Slice[] = []
    this.#expect(OPEN_BRACKET, '"events" must be a list')
    for (let more = this.#peek() !== CLOSE_BRACKET; more; more = this.#separator(CLOSE_BRACKET))
      found.push(this.#value())
    this.#expect(CLOSE_BRACKET, '"events" does not end')
    return found
  }

  /** Whether a further member follows: a comma was read, or the closing bracket is next. */
  #separator(close: number): boolean {
    if (this.#peek() === close) return false
    this.#expect(COMMA, 'a comma is missing')
    return true
  }

  #name(): string {
    this.#peek()
    const from = this.#at
    if (this.#body[from] !== QUOTE) throw new MalformedBody('a member has no name')
    this.#string()
    try {
      return JSON.parse(this.#body.toString('utf8', from, this.#at)) as string
    } catch {
      throw new MalformedBody('a member has an unreadable name')
    }
  }

  #value(): Slice {
    const first = this.#peek()
    const from = this.#at
    if (first === undefined || first === COMMA || isClosing(first))
      throw new MalformedBody('a value is missing')
    if (first === QUOTE) this.#string()
    else if (first !== OPEN_BRACE && first !== OPEN_BRACKET) this.#scalar()
    else return this.#nested(from)
    return { from, to: this.#at, members: 0, depth: 0 }
  }

  /** Everything up to the bracket that closes the first one. */
  #nested(from: number): Slice {
    const body = this.#body
    let open = 0
    let depth = 0
    let members = 0
    while (this.#at < body.length) {
      const byte = body[this.#at]
      if (byte === QUOTE) {
        this.#string()
        continue
      }
      this.#at += 1
      if (byte === COLON) members += 1
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        open += 1
        if (open > depth) depth = open
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        open -= 1
        if (open === 0) return { from, to: this.#at, members, depth }
      }
    }
    throw new MalformedBody('the body ends inside a value')
  }

  /** From a quotation mark to behind the one that closes it. */
  #string(): void {
    const body = this.#body
    for (let at = this.#at + 1; at < body.length; at += body[at] === BACKSLASH ? 2 : 1) {
      if (body[at] !== QUOTE) continue
      this.#at = at + 1
      return
    }
    throw new MalformedBody('the body ends inside a string')
  }

  #scalar(): void {
    const body = this.#body
    while (this.#at < body.length) {
      const byte = body[this.#at] ?? 0
      if (byte === COMMA || isClosing(byte) || isSpace(byte)) return
      this.#at += 1
    }
  }

  #expect(wanted: number, otherwise: string): void {
    if (this.#peek() !== wanted) throw new MalformedBody(otherwise)
    this.#at += 1
  }

  /** The next byte that is not white space; undefined at the end. */
  #peek(): number | undefined {
    while (isSpace(this.#body[this.#at])) this.#at += 1
    return this.#body[this.#at]
  }
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

function isClosing(byte: number): boolean {
  return byte === CLOSE_BRACE || byte === CLOSE_BRACKET
}
