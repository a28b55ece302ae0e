import { JsonScanner } from '@canary-gate/batch-contract'
import type { SqlDatabase } from '../base/sqlite.ts'
import { asString, parseObject, type JsonObject } from '../base/json.ts'

/** How the text of an event begins whose team is unknown: a delivery fills it in without parsing. */
const TEAM_UNKNOWN = '{"team_slug":null,'

/**
 * The text that is kept of an event that came in as text: the very same, but an unknown team comes
 * first, and `drain_blocked_reason`, local book-keeping of an earlier program, has its own table.
 */
export function storedForm(text: string, event: JsonObject): string {
  const isTeamKnown = (asString(event['team_slug']) ?? '') !== ''
  const isReasonGiven = Object.hasOwn(event, 'drain_blocked_reason')
  const isInForm = isTeamKnown || text.startsWith(TEAM_UNKNOWN)
  if (isInForm && !isReasonGiven) return text
  const kept = membersOf(text).filter(
    ({ name }) => name !== 'drain_blocked_reason' && (isTeamKnown || name !== 'team_slug'),
  )
  const members = kept.map(({ from, end }) => text.slice(from, end)).join(',')
  return isTeamKnown ? `{${members}}` : `${TEAM_UNKNOWN}${members}}`
}

/** Whether a member of the event itself, not of a part of it, is given no more than once. */
export function isNamedOnce(text: string, name: string): boolean {
  const isPlain = !text.includes('\\u') && isFoundOnce(text, `"${name}"`)
  return isPlain || membersOf(text).filter((member) => member.name === name).length <= 1
}

/**
 * Readers of JSON disagree which of two members counts. The first two may not be there twice, and the third is
 * nobody's project then; of the others the last one counts, at every door.
 */
const TELLING = [
  'event_id',
  'event_type',
  'project_uuid',
  'aggregate_id',
  'team_slug',
  'timestamp',
  'drain_blocked_reason',
]

/**
 * For SQL, whose own functions read the first of two members: `named_twice(text)`, the first of the telling
 * fields that an event gives more than once; `last_text(text, name)`, a member as an import reads it; and
 * `stored_form(text)`, the text as an import keeps it.
 */
export function registerStoredForm(db: SqlDatabase): void {
  const pure = { deterministic: true }
  db.function('named_twice', pure, (text: unknown) => namedTwice(String(text)))
  db.function('last_text', pure, (text: unknown, name: unknown) => {
    return asString(parseObject(String(text))?.[String(name)]) ?? null
  })
  db.function('stored_form', pure, (text: unknown) => {
    return storedForm(String(text), parseObject(String(text)) ?? {})
  })
}

/** Each name as it is written without an escape; and the beginning of one, behind which any name may be. */
const NAMES = new RegExp(String.raw`"(?:${TELLING.join('|')})"|\\u`, 'g')

/**
 * Nearly every text is told by one pass over it that finds each name once; the others are read member by member.
 * A search for one name after the other took a quarter of the time of a whole migration. What is not JSON names
 * nothing twice.
 */
function namedTwice(text: string): string | null {
  const found: readonly string[] = text.match(NAMES) ?? []
  const isPlain = found.every((name, at) => name !== ESCAPE && found.indexOf(name) === at)
  if (isPlain || parseObject(text) === undefined) return null
  return TELLING.find((name) => !isNamedOnce(text, name)) ?? null
}

const ESCAPE = String.raw`\u`

function isFoundOnce(text: string, quoted: string): boolean {
  const at = text.indexOf(quoted)
  return at < 0 || !text.includes(quoted, at + quoted.length)
}

interface Member {
  readonly name: string
  /** Where its name begins, and where its value ends. */
  readonly from: number
  readonly end: number
}

/** The members of an object, in order, as places in its text. */
function membersOf(text: string): Member[] {
  const scanner = new JsonScanner(text)
  const members: Member[] = []
  let name = ''
  let from = -1
  for (let token = scanner.next(); token !== undefined; token = scanner.next()) {
    if (scanner.depth !== 1) continue
    if (token === 'key') {
      name = String(JSON.parse(scanner.token()))
      from = scanner.from
    } else if (from >= 0) {
      members.push({ name, from, end: scanner.end })
      from = -1
    }
  }
  return members
}
