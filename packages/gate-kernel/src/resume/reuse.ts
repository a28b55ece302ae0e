import { type Gate, rowOf } from '../definition/gate.ts'
import type { Comparison, ReuseRule } from '../definition/reuse.ts'
import type { GateRun } from '../definition/run.ts'
import { openFactStore } from '../run/fact-store.ts'
import { isReused, markReused, resumedRun } from '../run/resumed.ts'
import { gateDigest } from './gate-digest.ts'
import { readRecord, type ResumeRecord, worldDigest } from './record.ts'

/**
 * Takes a requirement over from the run that this one resumes, with its facts. Returns that run's id,
 * or undefined if the requirement is to be proven: because no run is resumed, because its proof is
 * cheap, or because something it rests on is not what it was, which is reported as progress.
 *
 * @param nowMs milliseconds since the epoch
 */
export async function reuse(
  gate: Gate,
  run: GateRun,
  id: string,
  nowMs: number,
): Promise<string | undefined> {
  const rule = rowOf(gate, id)?.reuse
  const earlier = await resumedRun(run.folder)
  if (rule === undefined || earlier === undefined) return undefined
  const found = await readRecord(earlier.folder)
  const comparison = { earlier: openFactStore(gate.facts, earlier.folder), now: run.facts, nowMs }
  const why =
    found.kind === 'none' ? found.why : await obstacle(gate, run, rule, found.record, comparison)
  if (why !== undefined) {
    run.progress(`proven again, not re-used from ${earlier.id}: ${why}`)
    return undefined
  }
  for (const name of rule.facts ?? [])
    await run.facts.write(name, await comparison.earlier.read(name))
  await markReused(run.folder, id)
  return earlier.id
}

/** The first thing that keeps a proof from being re-used. */
async function obstacle(
  gate: Gate,
  run: GateRun,
  { needs = [], after = [], unchanged = [] }: ReuseRule,
  record: ResumeRecord,
  comparison: Comparison,
): Promise<string | undefined> {
  if (record.gateSha256 !== (await gateDigest(gate))) return 'the gate itself was changed since'
  if (record.worldSha256 !== (await worldDigest(run.folder))) return 'the configuration is another'
  const unproven = needs.find((id) => !record.passed.includes(id))
  if (unproven !== undefined) return `${unproven} did not pass there`
  for (const id of after) {
    if (!(await isReused(run.folder, id))) return `${id} was proven again`
  }
  for (const changeOf of unchanged) {
    const change = await changeOf(comparison)
    if (change !== undefined) return change
  }
  return undefined
}
