interface Details {
  readonly code: string
  readonly what: string
  readonly where: string
  readonly next: string
}

/** The prover cannot begin. `report` has the fields of a stop: a gate shows it as one. */
export class ProverProblem extends Error {
  override readonly name = 'ProverProblem'
  readonly report

  constructor(details: Details, options?: ErrorOptions) {
    super(`${details.what} (${details.where}). Next: ${details.next}`, options)
    this.report = { ...details, verdict: 'inconclusive', cause: 'environment' } as const
  }
}
