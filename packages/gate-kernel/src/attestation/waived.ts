import type { Evidence } from '../evidence/run-evidence.ts'
import { openWaiver } from './waiver.ts'
import type { VerifyingKey } from './key.ts'

/** Where the honoured waivers of a run are kept, sealed with it. */
export const waiversFolder = 'waivers'

/** Reads a sealed file of the run's folder; undefined where there is none. */
type ReadBytes = (name: string) => Promise<Buffer | undefined>

/**
 * Why a run that says `waived` is not even that; empty if it is. Everything that did not pass must have a
 * waiver of its own that was honoured, and nothing may have been published.
 *
 * @param key undefined: the signatures are not looked at
 */
export async function waivedProblems(
  evidence: Evidence,
  read: ReadBytes,
  key: VerifyingKey | undefined,
): Promise<string[]> {
  const problems: string[] = [...unsupported(evidence)]
  for (const { waiver: sha256, id } of evidence.requirements) {
    if (sha256 === undefined) continue
    const told = evidence.waivers?.find((one) => one.sha256 === sha256)
    const bytes = await read(`${waiversFolder}/${sha256}.json`)
    const opened = bytes === undefined ? undefined : openWaiver(bytes, key)
    if (opened === undefined) problems.push(`the waiver of ${id} is missing`)
    else if (opened.waiver === null) problems.push(`the waiver of ${id}: ${opened.why}`)
    else if (opened.sha256 !== sha256 || told?.honoured !== true)
      problems.push(`the waiver of ${id} is not the one that the run names`)
    else if (opened.waiver.requirement !== id)
      problems.push(`the waiver of ${id} is for ${opened.waiver.requirement}`)
    else if (opened.waiver.candidate !== evidence.candidate?.tag)
      problems.push(`the waiver of ${id} is for ${opened.waiver.candidate}`)
    else if (Date.parse(opened.waiver.until) <= Date.parse(evidence.finishedAt))
      problems.push(`the waiver of ${id} had expired`)
  }
  return problems
}

/** What is visible in the evidence alone. */
function unsupported(evidence: Evidence): string[] {
  const { requirements, weakenings, publication, stop } = evidence
  const open = requirements.filter(
    ({ verdict, waiver, stoppedBy }) =>
      verdict !== 'pass' &&
      waiver === undefined &&
      !(verdict === 'not-run' && stoppedBy === WITHHELD),
  )
  const waived = requirements.filter(({ waiver }) => waiver !== undefined)
  return [
    ...(waived.length === 0 ? ['no requirement was waived'] : []),
    ...open.map(({ id, verdict }) => `${id} is ${verdict} and has no waiver`),
    ...waived
      .filter(({ verdict }) => verdict !== 'fail' && verdict !== 'blocked')
      .map(({ id, verdict }) => `${id} is ${verdict}, which no waiver covers`),
    ...weakenings.map(({ what }) => `the run proves less: ${what}`),
    ...(publication.status === 'withheld' ? [] : ['a waived run publishes nothing']),
    ...(stop === null ? ['a waived run has a stop'] : []),
  ]
}

/** Why a requirement that is proven by its publication was not run. */
export const WITHHELD = 'publication withheld'
