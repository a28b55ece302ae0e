import { relative } from 'node:path'
import { knownSecrets } from '../world/known-secrets.ts'
import { publicCode as code, publicText, redact } from '@canary-gate/gate-kernel'
import type { GateRun } from '../run/run.ts'
import { type Blocker, diagnose } from './diagnosis.ts'
import type { Canary } from './protocol.ts'

/** What the re-opening comment says beside the failures themselves. */
interface Reopening {
  readonly issue: Blocker
  readonly attemptFolder: string
  readonly canary: Canary
  /** Digest of the sealed manifest, or null if the evidence could not be sealed. */
  readonly manifestSha256: string | null
}

const defects: Record<Blocker, string> = {
  1141: 'the newest queued WPStatusChanged is `for_review → in_review` instead of the rollback',
  1182: '`sync now` counts durably queued events as unknown errors',
}

/** The comment with which a blocker is re-opened (GATE/FR-007): what failed, on what, where to look. */
export async function renderReopening(run: GateRun, facts: Reopening): Promise<string> {
  const candidate = await run.facts.read('candidate')
  const secrets = knownSecrets(run.world)
  // Before it is escaped: an escaped secret is not found any more.
  const failures = diagnose(facts.canary.runs).failures.map(
    (failure) => `- ${publicText(redact(failure, secrets), 500)}`,
  )
  const { manifestSha256: digest } = facts
  const evidence = relative(run.world.checkouts.e2e, facts.attemptFolder)
  const body = [
    `The identity-boundary canary shows that this is not solved: ${defects[facts.issue]}.`,
    '',
    `| | |`,
    `|---|---|`,
    `| Candidate | ${publicText(candidate.version)}, tag ${code(candidate.tag)}, commit ${code(candidate.commit)} |`,
    `| Protocol | ${facts.canary.protocol} |`,
    `| Evidence | ${code(evidence)} |`,
    `| Manifest SHA-256 | ${digest === null ? 'not sealed' : code(digest)} |`,
    `| Run of the gate | ${code(run.id)} |`,
    '',
    ...failures,
    '',
    'The evidence was preserved before this issue was touched. The gate has stopped.',
  ].join('\n')
  return redact(body, secrets)
}
