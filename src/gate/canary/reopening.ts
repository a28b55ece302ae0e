import { relative } from 'node:path'
import { knownSecrets } from '../evidence/known-secrets.ts'
import { redact } from '../redact.ts'
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
  const failures = diagnose(facts.canary.runs).failures.map((failure) => `- ${oneLine(failure)}`)
  const body = [
    `The identity-boundary canary shows that this is not solved: ${defects[facts.issue]}.`,
    '',
    `| | |`,
    `|---|---|`,
    `| Candidate | ${candidate.version}, tag \`${candidate.tag}\`, commit \`${candidate.commit}\` |`,
    `| Protocol | ${facts.canary.protocol} |`,
    `| Evidence | \`${relative(run.world.checkouts.e2e, facts.attemptFolder)}\` |`,
    `| Manifest SHA-256 | ${facts.manifestSha256 === null ? 'not sealed' : `\`${facts.manifestSha256}\``} |`,
    `| Run of the gate | \`${run.id}\` |`,
    '',
    ...failures,
    '',
    'The evidence was preserved before this issue was touched. The gate has stopped.',
  ].join('\n')
  return redact(body, knownSecrets(run.world))
}

/** Details of a scenario come from a program's output; they stay one bounded line of text. */
function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').replaceAll('`', "'").replaceAll('<!--', '<! --')
  return line.length > 1_000 ? `${line.slice(0, 1_000)} …` : line
}
