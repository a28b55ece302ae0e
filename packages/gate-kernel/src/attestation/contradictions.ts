import { manifestName } from '../evidence/manifest.ts'
import { againstRelease } from '../evidence/release.ts'
import type { Evidence } from '../evidence/run-evidence.ts'
import type { ReadDocument } from './rules.ts'
import type { JudgingGate } from './run-report.ts'
import type { Statement } from './statement.ts'

/** What keeps the evidence from being a release: it against itself, the gate's table, seal and documents. */
export async function contradictionsOf(
  evidence: Evidence,
  seal: Statement<'seal'>,
  read: ReadDocument,
  gate: JudgingGate,
): Promise<string[]> {
  return [
    ...againstRelease(evidence),
    ...(evidence.gateSha256 === undefined ? ['it does not say which gate decided'] : []),
    ...tableProblems(evidence, gate.order),
    ...manifestProblems(evidence, seal),
    ...(await gate.evidence.contradictions(read, evidence)),
  ]
}

/** A release is that of the whole table, and of nothing else. */
function tableProblems({ requirements }: Evidence, order: readonly string[]): string[] {
  const ids = requirements.map(({ id }) => id)
  return [
    ...order
      .filter((id) => !ids.includes(id))
      .map((id) => `${id} was not looked at, and the gate that this program knows requires it`),
    ...ids
      .filter((id) => !order.includes(id))
      .map((id) => `${id} is not a requirement of the gate that this program knows`),
  ]
}

/** The evidence names the manifest of the attempt that was sealed. */
function manifestProblems({ attempt }: Evidence, seal: Statement<'seal'>): string[] {
  if (attempt === null) return []
  const sealed = seal.subject.find(({ name }) => name === `attempt/${manifestName}`)
  const is = sealed?.digest.sha256 === attempt.manifestSha256
  return is ? [] : ['the manifest of the attempt is not the one that the evidence names']
}
