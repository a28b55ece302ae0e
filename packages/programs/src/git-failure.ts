/** Git did not do what it was asked. `report` has the fields of a stop: a gate shows it as one. */
export class GitFailure extends Error {
  override readonly name = 'GitFailure'
  readonly report

  constructor(details: { readonly what: string; readonly where: string; readonly next: string }) {
    super(`${details.what} (${details.where}). Next: ${details.next}`)
    this.report = {
      code: 'git-failed',
      verdict: 'inconclusive',
      cause: 'environment',
      ...details,
    } as const
  }
}
