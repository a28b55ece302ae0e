/** One kind of secret, and how it is recognized. */
export interface SecretKind {
  readonly name: string
  /** One of these (in this case) is in every text that contains the kind; null: look always. */
  readonly hints: readonly string[] | null
  /** Group `keep` is the text before the secret that stays, e.g. `Bearer `. */
  readonly pattern: RegExp
}
