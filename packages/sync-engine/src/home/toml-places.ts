/** Where something is in a text: from the first unit to the one after the last. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** The places of a TOML document that an edit has to know. A path is its keys as JSON. */
export interface TomlPlaces {
  /** Values by path, also those of inline tables. */
  readonly values: ReadonlyMap<string, Span>
  /** Behind the line of each `[table]`. */
  readonly headers: ReadonlyMap<string, number>
  /** Behind the `{` of each inline table. */
  readonly inline: ReadonlyMap<string, number>
  /** For each table that dotted keys make: where its last line ends, and what stands before the table there. */
  readonly dotted: ReadonlyMap<string, { readonly end: number; readonly written: string }>
}

/**
 * Finds the places of a document that a parser accepted. It does not judge: what it takes for something
 * else is noticed, because every edit is parsed again and compared.
 */
export function tomlPlaces(text: string): TomlPlaces {
  return new Scanner(text).document()
}

export function pathOf(...keys: readonly string[]): string {
  return JSON.stringify(keys)
}

class Scanner {
  readonly #text: string
  #at = 0
  readonly #values = new Map<string, Span>()
  readonly #headers = new Map<string, number>()
  readonly #inline = new Map<string, number>()
  readonly #dotted = new Map<string, { end: number; written: string }>()

  constructor(text: string) {
    this.#text = text
  }

  document(): TomlPlaces {
    let table: readonly string[] | undefined = []
    while (this.#more()) {
      const before = this.#at
      if (this.#peek() === '[') table = this.#header()
      else this.#statement(table)
      // Nothing that a parser accepts stands still; the loop ends in any case.
      if (this.#at === before) this.#at += 1
    }
    return {
      values: this.#values,
      headers: this.#headers,
      inline: this.#inline,
      dotted: this.#dotted,
    }
  }

  /** @returns the path of the table; undefined for one of an array, whose keys have no path */
  #header(): string[] | undefined {
    const isArray = this.#text.startsWith('[[', this.#at)
    this.#at += isArray ? 2 : 1
    const { keys } = this.#keys()
    this.#toLineEnd()
    if (isArray) return undefined
    this.#headers.set(pathOf(...keys), this.#at)
    return keys
  }

  #statement(table: readonly string[] | undefined): void {
    const { keys, starts, from } = this.#keys()
    this.#blank()
    this.#at += 1
    const path = table && [...table, ...keys]
    this.#value(path)
    this.#toLineEnd()
    if (path === undefined) return
    for (let count = 1; count < keys.length; count += 1) {
      const written = this.#text.slice(from, starts[count])
      this.#dotted.set(pathOf(...path.slice(0, path.length - keys.length + count)), {
        end: this.#at,
        written,
      })
    }
  }

  /** A key of one or more parts: what they name, and where each is written. */
  #keys(): { keys: string[]; starts: number[]; from: number } {
    const keys: string[] = []
    const starts: number[] = []
    this.#blank()
    const from = this.#at
    for (;;) {
      this.#blank()
      starts.push(this.#at)
      keys.push(this.#key())
      this.#blank()
      if (this.#peek() !== '.') return { keys, starts, from }
      this.#at += 1
    }
  }

  #key(): string {
    const from = this.#at
    const quote = this.#peek()
    if (quote === '"' || quote === "'") {
      this.#string()
      const inner = this.#text.slice(from + 1, this.#at - 1)
      return quote === "'" ? inner : unescaped(inner)
    }
    this.#at += /^[^\s.=\]#"']*/.exec(this.#text.slice(from, from + 1_000))?.[0].length ?? 0
    return this.#text.slice(from, this.#at)
  }

  #value(path: readonly string[] | undefined): void {
    this.#blank()
    const from = this.#at
    const first = this.#peek()
    if (first === '"' || first === "'") this.#string()
    else if (first === '[') this.#list()
    else if (first === '{') this.#table(path)
    else this.#at += /^[^,\]}#\r\n]*/.exec(this.#text.slice(from, from + 1_000))?.[0].length ?? 0
    if (path !== undefined) this.#values.set(pathOf(...path), { from, to: this.#at })
  }

  #list(): void {
    this.#at += 1
    while (this.#more(',') && this.#peek() !== ']') {
      const before = this.#at
      this.#value(undefined)
      if (this.#at === before) this.#at += 1
    }
    this.#at += 1
  }

  #table(path: readonly string[] | undefined): void {
    this.#at += 1
    if (path !== undefined) this.#inline.set(pathOf(...path), this.#at)
    while (this.#more(',') && this.#peek() !== '}') {
      const before = this.#at
      const { keys } = this.#keys()
      this.#blank()
      this.#at += 1
      this.#value(path && [...path, ...keys])
      if (this.#at === before) this.#at += 1
    }
    this.#at += 1
  }

  /** Behind the closing quotation mark of the string that begins here. */
  #string(): void {
    const quote = this.#peek()
    const long = quote.repeat(3)
    const isLong = this.#text.startsWith(long, this.#at)
    const end = isLong ? long : quote
    this.#at += end.length
    while (this.#at < this.#text.length && !this.#text.startsWith(end, this.#at))
      this.#at += quote === '"' && this.#peek() === '\\' ? 2 : 1
    this.#at += end.length
    // Up to two quotation marks may stand before the three that close a long string.
    if (isLong) while (this.#peek() === quote) this.#at += 1
  }

  #peek(): string {
    return this.#text[this.#at] ?? ''
  }

  #blank(): void {
    while (this.#peek() === ' ' || this.#peek() === '\t') this.#at += 1
  }

  /** Skips white space, comments and any of `also`, and says whether something follows. */
  #more(also = ''): boolean {
    for (;;) {
      const unit = this.#peek()
      if (unit === '') return false
      if (unit === '#') this.#comment()
      else if (' \t\r\n\ufeff'.includes(unit) || also.includes(unit)) this.#at += 1
      else return true
    }
  }

  #comment(): void {
    while (this.#at < this.#text.length && this.#peek() !== '\n') this.#at += 1
  }

  #toLineEnd(): void {
    this.#comment()
    if (this.#peek() === '\n') this.#at += 1
  }
}

/** The escapes of a key are those of JSON but for a few, which no key of ours needs. */
function unescaped(inner: string): string {
  try {
    return JSON.parse(`"${inner}"`) as string
  } catch {
    return inner
  }
}
