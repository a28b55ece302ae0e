/** Objects and lists inside of each other: no receiver reads an event that has more. */
export const DEEPEST = 64

/** Retired field names, which every receiver refuses at whatever depth they are. */
export const RETIRED_NAMES: readonly string[] = [
  'feature_slug',
  'feature_number',
  'mission_key',
  'legacy_aggregate_id',
  'work_package_id',
]

/** Why no database can store a text of an event; undefined if it can. */
export function unstorable(text: string): string | undefined {
  if (text.includes('\0'))
    return 'a text of the event holds the NUL character, which no database stores'
  return text.isWellFormed() ? undefined : 'a text of the event holds half of a surrogate pair'
}
