/** A document that cannot be believed, with every reason that was found. */
export class DocumentError extends Error {
  override readonly name = 'DocumentError'
  readonly findings: readonly string[]

  constructor(findings: readonly string[], options?: ErrorOptions) {
    super(findings.join('; '), options)
    this.findings = findings
  }
}

/** What is wrong with a document, one reason each, whatever was thrown while it was read. */
export function findingsOf(error: unknown): readonly string[] {
  if (error instanceof DocumentError) return error.findings
  return [error instanceof Error ? (error.message.split('\n')[0] ?? error.name) : String(error)]
}

/** For `catch`: what to take for a document that is refused. Whatever else went wrong is thrown on. */
export function ifRefused<Value>(value: Value): (error: unknown) => Value {
  return (error) => {
    if (error instanceof DocumentError) return value
    throw error
  }
}
