/**
 * The content of a JSON text in one spelling: keys sorted, no white space, escapes resolved, numbers as
 * exact decimals. Two texts of the same content, written by different programs, are the same event; a
 * comparison of parsed doubles would take 9007199254740993 for 9007199254740992.
 * @param text valid JSON without duplicate keys, at most 64 levels deep
 */
export function canonicalText(text: string): string {
  return new Reader(text).value()
}

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  value(): string {
    const first = this.#peek()
    if (first === '{') return this.#object()
    if (first === '[') return this.#array()
    if (first === '"') return JSON.stringify(this.#string())
    const word = this.#match(/[^\s,\]}]+/y)
    return /^[-\d]/.test(word) ? exactDecimal(word) : word
  }

  #object(): string {
    const members: [string, string][] = []
    this.#at += 1
    while (this.#peek() !== '}') {
      const name = this.#string()
      this.#peek()
      this.#at += 1
      members.push([name, this.value()])
      if (this.#peek() === ',') this.#at += 1
    }
    this.#at += 1
    members.sort(([a], [b]) => (a < b ? -1 : 1))
    return `{${members.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`
  }

  #array(): string {
    const elements: string[] = []
    this.#at += 1
    while (this.#peek() !== ']') {
      elements.push(this.value())
      if (this.#peek() === ',') this.#at += 1
    }
    this.#at += 1
    return `[${elements.join(',')}]`
  }

  #string(): string {
    this.#peek()
    return JSON.parse(this.#match(/"(?:[^"\\]+|\\.)*"/y)) as string
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const [found] = pattern.exec(this.#text) ?? []
    if (found === undefined) throw new SyntaxError('not valid JSON')
    this.#at += found.length
    return found
  }

  #peek(): string | undefined {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at += 1
    return this.#text[this.#at]
  }
}

/** `1200`, `1.2e3` and `12E+2` are one number: its digits without zeros at the ends, and an exponent. */
function exactDecimal(number: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number) ?? []
  if (exponent.length > 18) return number
  const digits = (whole + fraction).replace(/^0+/, '')
  if (digits === '') return '0'
  const significant = digits.replace(/0+$/, '')
  const power =
    BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length)
  return `${sign}${significant}e${power}`
}
