/** Objects and lists inside of each other; SQLite reads no deeper, and neither do most servers. */
export const MOST_LEVELS = 1_000

/** The same for an event that is captured: more than this no hub stores (docs/batch-api.md). */
export const MOST_LEVELS_PRODUCED = 64

/** Size of one event in UTF-8. */
export const MOST_EVENT_BYTES = 64 * 1024 * 1024
