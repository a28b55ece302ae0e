import type { GateId } from '../register.ts'
import { openNotebook } from '../run/notebook.ts'
import type { GateRun } from '../run/run.ts'
import { changeOf, type Comparison } from './changes.ts'
import { gateDigest } from './gate-digest.ts'
import { isReused, markReused, takenUp } from './mark.ts'
import { type Policy, policies } from './policy.ts'
import { readRecord, type ResumeRecord, worldDigest } from './record.ts'

/**
 * Takes a requirement over from the run that this one takes up, with its facts. Returns that run's
 * id, or undefined if the requirement is to be proven: because nothing is taken up, because its proof
 * is cheap, or because something it rests on is not what it was, which is told as progress.
 *
 * @param nowMs milliseconds since the epoch
 */
export async function reuse(run: GateRun, id: GateId, nowMs: number): Promise<string | undefined> {
  const policy = policies[id]
  const earlier = await takenUp(run.folder)
  if (policy === undefined || earlier === undefined) return undefined
  const found = await readRecord(earlier.folder)
  const comparison = { earlier: openNotebook(earlier.folder), now: run.facts, nowMs }
  const why =
    found.kind === 'none' ? found.why : await obstacle(run, policy, found.record, comparison)
  if (why !== undefined) {
    run.progress(`proven again, not re-used from ${earlier.id}: ${why}`)
    return undefined
  }
  for (const name of policy.facts) await run.facts.write(name, await comparison.earlier.read(name))
  await markReused(run.folder, id)
  return earlier.id
}

/** The first thing that keeps a proof from being re-used. */
async function obstacle(
  run: GateRun,
  { needs, after, inputs }: Policy,
  record: ResumeRecord,
  comparison: Comparison,
): Promise<string | undefined> {
  if (record.gateSha256 !== (await gateDigest())) return 'the gate itself was changed since'
  if (record.worldSha256 !== (await worldDigest(run.folder))) return 'the configuration is another'
  const unproven = needs.find((id) => !record.passed.includes(id))
  if (unproven !== undefined) return `${unproven} did not pass there`
  for (const id of after) {
    if (!(await isReused(run.folder, id))) return `${id} was proven again`
  }
  for (const input of inputs) {
    const change = await changeOf(input, comparison)
    if (change !== undefined) return change
  }
  return undefined
}
