import { endOfString } from './json-depth.ts'

export type JsonToken =
  'begin-object' | 'end-object' | 'begin-list' | 'end-list' | 'key' | 'string' | 'number' | 'word'

const [TAB, LF, CR, SPACE, QUOTE, COMMA, MINUS, COLON] = [9, 10, 13, 32, 34, 44, 45, 58]
const [BEGIN_LIST, END_LIST, BEGIN_OBJECT, END_OBJECT] = [91, 93, 123, 125]
const [ZERO, NINE, CAPITAL_E, SMALL_E, PLUS, POINT] = [48, 57, 69, 101, 43, 46]

const VALID_NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/

/**
 * Reads a JSON text token by token: iterative, in linear time, and without turning any value into one
 * of JavaScript. Texts of others may be nested a million deep, and their numbers may be longer than a
 * double.
 */
export class JsonScanner {
  readonly #text: string
  /** Of each open object (true) or list (false). */
  readonly #open: boolean[] = []
  #at = 0
  #from = 0
  #expects: 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'colon' | 'comma-or-end' | 'end' =
    'value'

  constructor(text: string) {
    this.#text = text
  }

  /** How many objects and lists are open. */
  get depth(): number {
    return this.#open.length
  }

  /** Where the token that was read last begins. */
  get from(): number {
    return this.#from
  }

  /** Where the next token is looked for. */
  get end(): number {
    return this.#at
  }

  /** The text of the token that was read last. */
  token(): string {
    return this.#text.slice(this.#from, this.#at)
  }

  /**
   * The next token; undefined at the end of the text.
   * @throws {SyntaxError} if it is not JSON
   */
  next(): JsonToken | undefined {
    for (;;) {
      const code = this.#skipSpace()
      this.#from = this.#at
      if (Number.isNaN(code)) {
        if (this.#expects === 'end') return undefined
        throw this.#fault()
      }
      if (code === COMMA || code === COLON) this.#separator(code)
      else return this.#token(code)
    }
  }

  #skipSpace(): number {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code !== SPACE && code !== LF && code !== CR && code !== TAB) return code
      this.#at += 1
    }
  }

  #separator(code: number): void {
    if (code === COLON && this.#expects === 'colon') this.#expects = 'value'
    else if (code === COMMA && this.#expects === 'comma-or-end')
      this.#expects = this.#open.at(-1) === true ? 'key' : 'value'
    else throw this.#fault()
    this.#at += 1
  }

  #token(code: number): JsonToken {
    if (code === END_OBJECT || code === END_LIST) return this.#close(code === END_OBJECT)
    if (this.#expects === 'key' || this.#expects === 'key-or-end') return this.#key(code)
    if (this.#expects !== 'value' && this.#expects !== 'value-or-end') throw this.#fault()
    if (code === BEGIN_OBJECT || code === BEGIN_LIST) return this.#begin(code === BEGIN_OBJECT)
    this.#expects = this.#open.length === 0 ? 'end' : 'comma-or-end'
    if (code === QUOTE) {
      this.#skipString()
      return 'string'
    }
    return code === MINUS || (code >= ZERO && code <= NINE) ? this.#number() : this.#word()
  }

  #begin(isObject: boolean): JsonToken {
    this.#open.push(isObject)
    this.#expects = isObject ? 'key-or-end' : 'value-or-end'
    this.#at += 1
    return isObject ? 'begin-object' : 'begin-list'
  }

  #close(isObject: boolean): JsonToken {
    const isEmpty = this.#expects === (isObject ? 'key-or-end' : 'value-or-end')
    if (this.#open.at(-1) !== isObject || !(isEmpty || this.#expects === 'comma-or-end'))
      throw this.#fault()
    this.#open.pop()
    this.#expects = this.#open.length === 0 ? 'end' : 'comma-or-end'
    this.#at += 1
    return isObject ? 'end-object' : 'end-list'
  }

  #key(code: number): JsonToken {
    if (code !== QUOTE) throw this.#fault()
    this.#skipString()
    this.#expects = 'colon'
    return 'key'
  }

  #skipString(): void {
    this.#at = endOfString(this.#text, this.#at) + 1
    if (this.#at > this.#text.length) throw this.#fault()
  }

  #number(): JsonToken {
    for (this.#at += 1; isOfNumber(this.#text.charCodeAt(this.#at)); this.#at += 1);
    if (!VALID_NUMBER.test(this.token())) throw this.#fault()
    return 'number'
  }

  #word(): JsonToken {
    for (const word of ['true', 'false', 'null'])
      if (this.#text.startsWith(word, this.#from)) {
        this.#at += word.length
        return 'word'
      }
    throw this.#fault()
  }

  #fault(): SyntaxError {
    return new SyntaxError(`not JSON at position ${this.#at}`)
  }
}

function isOfNumber(code: number): boolean {
  return (
    (code >= ZERO && code <= NINE) ||
    code === POINT ||
    code === SMALL_E ||
    code === CAPITAL_E ||
    code === PLUS ||
    code === MINUS
  )
}
