import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { blocked } from '@canary-gate/gate-kernel'
import type { GateRun } from '../run/run.ts'
import { harnessOutput, idIn, type OutputBefore, readFresh } from './output.ts'

/**
 * GATE/FR-008 once more: what the harness wrote of the four runs says what it said when it was kept. A process
 * that the harness left behind may go on writing, and somebody may edit. A document of another run, or one
 * that was removed, is none of these: the harness may be used again.
 */
export async function requireDocumentsKept(run: GateRun): Promise<void> {
  const findings = await changedDocuments(run)
  if (findings.length === 0) return
  throw blocked({
    code: 'canary-document-changed',
    cause: 'cannot-tell',
    what: `the harness's documents of these runs say something else now than when they were kept: ${findings.join(', ')}`,
    where: run.world.canary.cwd,
    next: 'find out who wrote there after the harness had ended, then run the whole gate again: canary-gate run',
    findings,
  })
}

async function changedDocuments(run: GateRun): Promise<string[]> {
  const { runs } = await run.facts.read('fourRun')
  const { folder } = await run.facts.read('attempt')
  const output = harnessOutput(run)
  const found = runs.map(async ({ run_number: number, run_id: id }) => {
    const name = `runs/run-${number}.json`
    const kept = await readFile(join(folder, name), 'utf8')
    const now = await readFresh(output.runFile(number), nothingBefore, output.secrets)
    if ('absent' in now || now.text === kept) return []
    const itsId = idIn(now.text)
    return itsId === null || itsId === id ? [name] : []
  })
  return (await Promise.all(found)).flat()
}

const nothingBefore: OutputBefore = { versions: new Map(), runIds: new Set() }
