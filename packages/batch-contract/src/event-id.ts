const DASHED_OR_PLAIN = /^(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/i

/** Whether the text is a ULID or a UUID, in any letter case. */
export function isEventId(id: string): boolean {
  return id.length === 26 ? ULID.test(id) : DASHED_OR_PLAIN.test(id)
}
