import { JsonScanner } from './json-scan.ts'
import { exactNumber } from './json-number.ts'

/**
 * JSON with sorted keys and no spaces: two texts have the same canonical text if and only if they
 * mean the same JSON, to the last digit of every number. Used wherever content is compared
 * (SYNC/T059, SYNC/T060), never for sending. Works on the text, without recursion and in linear time:
 * what is compared was written by others.
 *
 * @throws {SyntaxError} if it is not JSON
 */
export function canonicalJson(text: string): string {
  return new Canonical(text).write()
}

/** An object or a list that is not complete yet. */
interface Open {
  /** Undefined for a list. */
  readonly members: Map<string, string> | undefined
  key: string
  list: string
}

class Canonical {
  readonly #scanner: JsonScanner
  readonly #open: Open[] = []
  #whole: string | undefined

  constructor(text: string) {
    this.#scanner = new JsonScanner(text)
  }

  write(): string {
    for (let token = this.#scanner.next(); token !== undefined; token = this.#scanner.next()) {
      switch (token) {
        case 'begin-object':
          this.#open.push({ members: new Map(), key: '', list: '' })
          break
        case 'begin-list':
          this.#open.push({ members: undefined, key: '', list: '' })
          break
        case 'key':
          this.#current().key = nameOf(this.#scanner.token())
          break
        case 'end-object':
        case 'end-list':
          this.#close()
          break
        case 'string':
          this.#value(canonicalString(this.#scanner.token()))
          break
        case 'number':
          this.#value(exactNumber(this.#scanner.token()))
          break
        case 'word':
          this.#value(this.#scanner.token())
      }
    }
    return this.#whole ?? ''
  }

  #current(): Open {
    const open = this.#open.at(-1)
    if (open === undefined) throw new SyntaxError('a key outside of an object')
    return open
  }

  #close(): void {
    const open = this.#open.pop()
    if (open === undefined) return
    this.#value(open.members === undefined ? `[${open.list}]` : sortedObject(open.members))
  }

  #value(text: string): void {
    const open = this.#open.at(-1)
    if (open === undefined) this.#whole = text
    // As for JSON.parse, the last of several members of one name counts.
    else if (open.members !== undefined) open.members.set(open.key, text)
    else open.list += open.list === '' ? text : `,${text}`
  }
}

/** One spelling for each text; most have no escape and are in it already. */
function canonicalString(token: string): string {
  return token.includes('\\') ? JSON.stringify(JSON.parse(token)) : token
}

function sortedObject(members: ReadonlyMap<string, string>): string {
  let text = '{'
  // Joined by hand: a text made of pieces is flattened once, at the end.
  for (const name of sortedNames(members)) {
    if (text !== '{') text += ','
    text += quotedName(name)
    text += members.get(name) ?? ''
  }
  return `${text}}`
}

/** Names that are list positions come first, in order of number, as JavaScript has always put them. */
function sortedNames(members: ReadonlyMap<string, string>): string[] {
  const names = sorted([...members.keys()])
  if (!names.some(isPosition)) return names
  const positions = names.filter(isPosition).sort((one, other) => Number(one) - Number(other))
  return [...positions, ...names.filter((name) => !isPosition(name))]
}

/** Few names are in order sooner one by one than by the general way. */
const FEW = 24

function sorted(names: string[]): string[] {
  if (names.length > FEW) return names.sort()
  for (let at = 1; at < names.length; at += 1) {
    const name = names[at] ?? ''
    let to = at
    for (; to > 0 && (names[to - 1] ?? '') > name; to -= 1) names[to] = names[to - 1] ?? ''
    names[to] = name
  }
  return names
}

const [ZERO, NINE] = [48, 57]

function isPosition(name: string): boolean {
  const first = name.charCodeAt(0)
  if (!(first >= ZERO && first <= NINE)) return false
  return /^(0|[1-9]\d{0,9})$/.test(name) && Number(name) < 2 ** 32 - 1
}

function nameOf(token: string): string {
  return token.includes('\\') ? String(JSON.parse(token)) : token.slice(1, -1)
}

/** The names of events are nearly always the same. */
const quoted = new Map<string, string>()
const MOST_QUOTED = 1_000

function quotedName(name: string): string {
  const known = quoted.get(name)
  if (known !== undefined) return known
  const text = `${JSON.stringify(name)}:`
  if (quoted.size < MOST_QUOTED && name.length < 64) quoted.set(name, text)
  return text
}
