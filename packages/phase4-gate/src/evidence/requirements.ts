import { access } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { failed, verifyEvidence } from '@canary-gate/gate-kernel'
import type { GateRun } from '../run/run.ts'
import { attemptsFolder, fingerprintAttempts } from './attempt.ts'

/**
 * GATE/FR-010: this attempt has a folder of its own with all its run files, and every earlier
 * attempt is exactly what it was before.
 */
export async function verifyEvidencePreserved(run: GateRun): Promise<void> {
  const attempt = await run.facts.read('attempt')
  const single = await run.facts.read('single')
  const fourRun = await run.facts.read('fourRun')
  await requireFiles(attempt.folder, [...single.files, ...fourRun.files, 'latest.json'])
  const root = attemptsFolder(run)
  const now = await fingerprintAttempts(root, basename(attempt.folder))
  const findings = Object.entries(attempt.earlier).flatMap(([name, digest]) => {
    if (now[name] === digest) return []
    return [now[name] === undefined ? `${name} was removed` : `${name} was changed`]
  })
  if (findings.length === 0) return
  throw failed({
    code: 'earlier-evidence-changed',
    cause: 'cannot-tell',
    what: `evidence of earlier attempts was touched during this gate: ${findings.join('; ')}`,
    where: root,
    next: 'restore the earlier attempts from a copy and find out what wrote there',
    findings,
  })
}

/** GATE/NFR-003: the attempt is sealed, and every byte is still what was sealed. */
export async function verifyEvidenceImmutable(run: GateRun): Promise<void> {
  const { folder } = await run.facts.read('attempt')
  const { manifestSha256 } = await run.facts.read('seal')
  const report = await verifyEvidence(folder, [{ from: 'the record of this run', manifestSha256 }])
  if (report.ok) return
  throw failed({
    code: 'evidence-modified',
    cause: 'cannot-tell',
    what: `sealed evidence was modified: ${report.problems.join('; ')}`,
    where: folder,
    next: 'find out what wrote there, then run the gate again; modified evidence proves nothing',
    findings: report.problems,
  })
}

async function requireFiles(folder: string, names: readonly string[]): Promise<void> {
  const missing: string[] = []
  for (const name of names) {
    await access(join(folder, name)).catch(() => missing.push(name))
  }
  if (missing.length === 0) return
  throw failed({
    code: 'evidence-missing',
    cause: 'cannot-tell',
    what: `the attempt lacks ${missing.join(', ')}`,
    where: folder,
    next: 'find out what removed it, then run the gate again',
    findings: missing,
  })
}
