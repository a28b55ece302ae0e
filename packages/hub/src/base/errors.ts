/** Everything that can stop a command of the hub, with the exit code of its process. */
const EXIT_CODES = {
  'command-line': 64,
  'conflict-unknown': 1,
  'database-refuses': 69,
  'database-unreachable': 69,
  'folder-in-use': 75,
  'folder-unusable': 69,
  'pooler-between': 69,
  'port-taken': 69,
  'postgres-too-old': 69,
  'role-missing': 77,
  'schema-newer': 69,
  'tenant-exists': 1,
  'tenant-unknown': 1,
  'token-revoked': 1,
  'token-unknown': 1,
} as const

export type HubErrorCode = keyof typeof EXIT_CODES

export interface HubErrorDetails {
  readonly code: HubErrorCode
  readonly what: string
  readonly where: string
  readonly next: string
}

/** A failure with what happened, where, and what to do next. Its texts never hold a password or token. */
export class HubError extends Error {
  readonly code: HubErrorCode
  readonly where: string
  readonly next: string

  constructor({ code, what, where, next }: HubErrorDetails, options?: ErrorOptions) {
    super(what, options)
    this.name = 'HubError'
    this.code = code
    this.where = where
    this.next = next
  }

  get exitCode(): number {
    return EXIT_CODES[this.code]
  }
}

/** The message of whatever was thrown, on one line. */
export function messageOf(cause: unknown): string {
  const text =
    cause instanceof AggregateError
      ? cause.errors.map(messageOf).join('; ')
      : cause instanceof Error
        ? cause.message || cause.name
        : String(cause)
  return text.replaceAll(/\s+/g, ' ').trim()
}

/** The `code` property that Node and PostgreSQL errors carry; empty if there is none. */
export function codeOf(cause: unknown): string {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : ''
  return typeof code === 'string' ? code : ''
}
