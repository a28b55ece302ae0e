import { manifestName } from '../evidence/manifest.ts'
import { isProvenOnly } from '../evidence/headline.ts'
import type { Evidence } from '../evidence/run-evidence.ts'
import type { ReadDocument } from './rules.ts'
import type { JudgingGate } from './run-report.ts'
import type { Statement } from './statement.ts'

/** What keeps the evidence from being a release: it against the gate's table, seal and documents. */
export async function contradictionsOf(
  evidence: Evidence,
  seal: Statement<'seal'>,
  read: ReadDocument,
  gate: JudgingGate,
): Promise<string[]> {
  const unproven = evidence.requirements.filter(({ verdict }) => verdict !== 'pass')
  return [
    ...tableProblems(evidence, gate.order),
    ...unproven.map(({ id, verdict }) => `${id} is ${verdict}`),
    ...stopProblems(evidence),
    ...evidence.weakenings.map(({ what }) => `the run proves less: ${what}`),
    ...(evidence.gateSha256 === undefined ? ['it does not say which gate decided'] : []),
    ...manifestProblems(evidence, seal),
    ...(evidence.publication.status === 'complete' ? [] : ['it was not published completely']),
    ...(await gate.evidence.contradictions(read, evidence)),
  ]
}

/** A release is that of the whole table: each requirement once, and no other. */
function tableProblems({ requirements }: Evidence, order: readonly string[]): string[] {
  const ids = requirements.map(({ id }) => id)
  if (ids.length === 0) return ['no requirement was looked at']
  return [
    ...order
      .filter((id) => !ids.includes(id))
      .map((id) => `${id} was not looked at, and the gate that this program knows requires it`),
    ...ids
      .filter((id) => !order.includes(id))
      .map((id) => `${id} is no requirement of the gate that this program knows`),
    ...ids.filter((id, place) => ids.indexOf(id) !== place).map((id) => `${id} is there twice`),
  ]
}

function stopProblems(evidence: Evidence): string[] {
  const passed = evidence.requirements.filter(({ verdict }) => verdict === 'pass')
  const stopped = passed.filter(({ stop, stoppedBy, waiver }) => stop ?? stoppedBy ?? waiver)
  const problems = stopped.map(({ id }) => `${id} passed and was stopped`)
  if (evidence.stop === null) return problems
  if (isProvenOnly(evidence)) return [...problems, 'it was a dry run: nothing was published']
  return [...problems, `the run stopped: ${evidence.stop.code}`]
}

/** The evidence names the manifest of the attempt that was sealed. */
function manifestProblems({ attempt }: Evidence, seal: Statement<'seal'>): string[] {
  if (attempt === null) return []
  const sealed = seal.subject.find(({ name }) => name === `attempt/${manifestName}`)
  const is = sealed?.digest.sha256 === attempt.manifestSha256
  return is ? [] : ['the manifest of the attempt is not the one that the evidence names']
}
