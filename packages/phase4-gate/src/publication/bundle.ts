import type { Fact } from '../run/facts.ts'
import type { GateRun } from '../run/run.ts'

/** All proven facts that the two comments carry. */
export interface Bundle {
  readonly run: string
  /** The end-to-end checkout; paths in the comments are relative to it. */
  readonly checkout: string
  /** Folder of the gate; paths outside the checkout are relative to it. */
  readonly workspace: string
  readonly e2eIssueUrl: string
  readonly candidate: Fact<'candidate'>
  readonly installation: Fact<'installation'>
  readonly snapshot: Fact<'snapshotBeforeFourRuns'>
  readonly historicalRows: Fact<'historicalRows'>
  readonly attempt: Fact<'attempt'>
  readonly seal: Fact<'seal'>
  readonly single: Fact<'single'>
  readonly fourRun: Fact<'fourRun'>
  /** Null while the comment on 41 is written: it does not depend on the Teamspace suite. */
  readonly teamspace: Fact<'teamspace'> | null
}

/** Reads what earlier requirements proved. Throws a stop where one of them is missing. */
export async function readBundle(
  run: GateRun,
  e2eIssueUrl: string,
  withTeamspace: boolean,
): Promise<Bundle> {
  const { facts } = run
  return {
    run: run.id,
    checkout: run.world.checkouts.e2e,
    workspace: run.world.workspace,
    e2eIssueUrl,
    candidate: await facts.read('candidate'),
    installation: await facts.read('installation'),
    snapshot: await facts.read('snapshotBeforeFourRuns'),
    historicalRows: await facts.read('historicalRows'),
    attempt: await facts.read('attempt'),
    seal: await facts.read('seal'),
    single: await facts.read('single'),
    fourRun: await facts.read('fourRun'),
    teamspace: withTeamspace ? await facts.read('teamspace') : null,
  }
}
