import type { Evidence } from './run-evidence.ts'

/** How a run ended. Screen, page, summary and check run all say it in these words. */
export interface Headline {
  /**
   * `PROVEN` is the end of a dry run in which nothing stopped, `WAIVED` that of a run in which an owner
   * went on in spite of a stop: neither is a release.
   */
  readonly word: 'RELEASE' | 'HOLD' | 'PROVEN' | 'WAIVED'
  /** One sentence without a full stop, with how many requirements passed. */
  readonly sentence: string
}

type Ended = Pick<Evidence, 'verdict' | 'requirements' | 'stop'>

export function headlineOf(evidence: Ended): Headline {
  const { verdict, requirements } = evidence
  const passed = requirements.filter((result) => result.verdict === 'pass').length
  const count = `${passed} of ${requirements.length} requirements passed`
  if (verdict === 'waived') return { word: 'WAIVED', sentence: count }
  if (!isProvenOnly(evidence))
    return { word: verdict === 'release' ? 'RELEASE' : 'HOLD', sentence: count }
  const rest = requirements.length - passed
  const met = rest === 0 ? '' : `; the other ${rest} are met by writing`
  return { word: 'PROVEN', sentence: `everything was proven, nothing was written: ${count}${met}` }
}

/** True for a dry run that nothing stopped: everything was proven, nothing was written or released. */
export function isProvenOnly({ stop }: Pick<Evidence, 'stop'>): boolean {
  return stop?.code === DRY_RUN
}

/** Code of the stop that ends a dry run where nothing else did. */
export const DRY_RUN = 'dry-run'

/** What a stop says, without the findings that are listed below it: each thing is said once. */
export function whatApart({ what, findings = [] }: NonNullable<Evidence['stop']>): string {
  const listed = `: ${findings.join('; ')}`
  return findings.length > 0 && what.endsWith(listed) ? what.slice(0, -listed.length) : what
}
