/** A place between events, in their order for ever: generation, transaction, index in its batch. */
export interface Cursor {
  readonly generation: string
  readonly tx: string
  readonly idx: string
}

/** Before every event. */
export const START: Cursor = { generation: '0', tx: '0', idx: '-1' }

const FORM = /^(\d{1,9})\.(\d{1,19})\.(-?\d{1,9})$/

/** Reads the text that a consumer stored; undefined if it is not a cursor of this hub. */
export function cursorFrom(text: string): Cursor | undefined {
  if (text === '' || text === '0') return START
  const [, generation, tx, idx] = FORM.exec(text) ?? []
  return generation === undefined || tx === undefined || idx === undefined
    ? undefined
    : { generation, tx, idx }
}

export function cursorText({ generation, tx, idx }: Cursor): string {
  return `${generation}.${tx}.${idx}`
}
