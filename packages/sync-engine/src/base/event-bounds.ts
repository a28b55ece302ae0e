/** Objects and lists inside of each other; SQLite reads no deeper, and neither do most servers. */
export const MOST_LEVELS = 1_000

/** Size of one event in UTF-8. */
export const MOST_EVENT_BYTES = 64 * 1024 * 1024
