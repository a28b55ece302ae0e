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
  let text = ''
  // Joined by hand: a text made of pieces is flattened once, at the end.
  for (const name of sortedNames(members))
    text += `${text === '' ? '' : ','}${quotedName(name)}:${members.get(name) ?? ''}`
  return `{${text}}`
}

/** Names that are list positions come first, in order of number, as JavaScript has always put them. */
function sortedNames(members: ReadonlyMap<string, string>): string[] {
  const names = [...members.keys()].sort()
  if (!names.some(isPosition)) return names
  const positions = names.filter(isPosition).sort((one, other) => Number(one) - Number(other))
  return [...positions, ...names.filter((name) => !isPosition(name))]
}

function isPosition(name: string): boolean {
  return /^(0|[1-9]\d{0,9})$/.test(name) && Number(name) < 2 ** 32 - 1
}

function nameOf(token: string): string {
  return token.includes('\\') ? String(JSON.parse(token)) : token.slice(1, -1)
}

function quotedName(name: string): string {
  return /^[\w-]*$/.test(name) ? `"${name}"` : JSON.stringify(name)
}
