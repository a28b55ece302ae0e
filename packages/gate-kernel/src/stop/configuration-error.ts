/** The configuration of a world is wrong; the message lists each wrong key and what to write there. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
}
