/** The arguments or the configuration are wrong; the message says which and what to write instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
