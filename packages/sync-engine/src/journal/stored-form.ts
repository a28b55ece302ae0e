import { JsonScanner } from '@canary-gate/batch-contract'
import type { SqlDatabase } from '../base/sqlite.ts'
import { asString, type JsonObject } from '../base/json.ts'

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
  const quoted = `"${name}"`
  const isPlain = text.indexOf(quoted) === text.lastIndexOf(quoted) && !text.includes('\\u')
  return isPlain || membersOf(text).filter((member) => member.name === name).length <= 1
}

/** Readers of JSON disagree which of two members counts, so these may not be there twice. */
const TELLING = ['event_id', 'event_type', 'project_uuid']

/** In SQL: `named_twice(text)`, the first of the telling fields that an event gives more than once. */
export function registerNamedTwice(db: SqlDatabase): void {
  db.function(
    'named_twice',
    { deterministic: true },
    (text: unknown) => TELLING.find((name) => !isNamedOnce(String(text), name)) ?? null,
  )
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
