/** Where the waivers of a world are, and the public key of the owner who may sign them. */
export interface WaiverSource {
  /** Absolute paths. */
  readonly files: readonly string[]
  /** An Ed25519 public key (PEM). */
  readonly verifyingKey: string
}
