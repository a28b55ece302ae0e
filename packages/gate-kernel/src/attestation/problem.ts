/** Why an attestation cannot be made or is not believed. */
export type AttestationCode =
  | 'key-unreadable'
  | 'envelope-unreadable'
  | 'statement-unreadable'
  | 'type-unexpected'
  | 'not-signed'

/** The message says what is wrong, where, and what to do next. */
export class AttestationProblem extends Error {
  override readonly name = 'AttestationProblem'
  readonly code: AttestationCode

  constructor(code: AttestationCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
