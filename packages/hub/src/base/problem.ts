/** The closed set of error documents (RFC 9457); the `type` of each is `/problems/<name>`. */
const PROBLEMS = {
  'bad-request': [400, 'The request cannot be understood'],
  'cursor-unknown': [400, 'The cursor is not one of this database'],
  'malformed-batch': [400, 'The body is not a batch'],
  unauthenticated: [401, 'A valid token is needed'],
  'scope-missing': [403, 'The token does not allow this'],
  'not-found': [404, 'There is nothing at this address'],
  'method-not-allowed': [405, 'This address does not take this method'],
  'request-timeout': [408, 'The request took too long to arrive'],
  'conflict-decided': [409, 'The conflict was decided already'],
  'producer-fenced': [409, 'Another machine uses the identity of this producer'],
  'producer-restored': [409, 'The sequence of this producer went back'],
  'request-in-progress': [409, 'A request with this Idempotency-Key is still running'],
  'events-dropped': [410, 'Retention has removed events after the cursor'],
  'batch-too-large': [413, 'The batch is too large'],
  'unsupported-media': [415, 'The body has a format that is not read here'],
  'idempotency-key-reused': [422, 'This Idempotency-Key was used for another body'],
  'rate-limited': [429, 'Too many requests with this token'],
  'headers-too-large': [431, 'The headers are too large'],
  internal: [500, 'The hub failed'],
  'database-away': [503, 'The database is away'],
  overloaded: [503, 'The hub has too much to do'],
  stopping: [503, 'The hub is stopping'],
} as const

export type ProblemName = keyof typeof PROBLEMS
export const PROBLEM_NAMES = Object.keys(PROBLEMS) as ProblemName[]

export interface ProblemDetails {
  readonly detail: string
  /** What the sender should do. */
  readonly next: string
  readonly retryAfterSeconds?: number | undefined
  /** The methods that the address takes. */
  readonly allow?: string | undefined
  /** Further members of the document. */
  readonly more?: Readonly<Record<string, unknown>>
}

/** An answer that is an error document. Its texts never quote a token or a payload. */
export class Problem extends Error {
  readonly problem: ProblemName
  readonly details: ProblemDetails

  constructor(name: ProblemName, details: ProblemDetails, options?: ErrorOptions) {
    super(details.detail, options)
    this.name = 'Problem'
    this.problem = name
    this.details = details
  }

  get status(): number {
    return PROBLEMS[this.problem][0]
  }

  get document(): Readonly<Record<string, unknown>> {
    const [status, title] = PROBLEMS[this.problem]
    const { detail, next, more } = this.details
    return { type: `/problems/${this.problem}`, title, status, detail, next, ...more }
  }
}
