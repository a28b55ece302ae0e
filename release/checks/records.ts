import { readFile } from 'node:fs/promises'
import { failed, inconclusive } from '@canary-gate/gate-kernel'
import { z } from 'zod'
import type { Run } from './facts.ts'

/** What a whole run of the benchmarks or of the fault matrix left (specs/record.ts). */
const recordSchema = z.strictObject({
  commit: z.string(),
  /** Files that differed from the commit. */
  changed: z.int(),
  /** How many there are; fewer may have been played. */
  all: z.int().positive(),
  results: z.array(z.strictObject({ name: z.string(), problem: z.string().nullable() })).min(1),
})

/** RELEASE/NFR-001 */
export const verifyBenchmarks = verified('benchmarks', 'bench')

/** RELEASE/NFR-002 */
export const verifyMatrix = verified('matrix', 'matrix')

function verified(what: 'benchmarks' | 'matrix', script: string): (run: Run) => Promise<void> {
  return async (run) => {
    const file = run.world[what]
    const next = `record them on the tagged commit: npm run ${script} -- --record ${file}`
    const unknown = (why: string): Error =>
      inconclusive({ code: `${what}-unknown`, what: `${what}: ${why}`, where: file, next })
    const record = await readRecord(file)
    if (record === undefined) throw unknown('there is no record that can be read')
    const { commit } = await run.facts.read('candidate')
    if (record.commit !== commit)
      throw unknown(`the record is of ${record.commit}, the tag is at ${commit}`)
    if (record.changed > 0)
      throw unknown(`${record.changed} files differed from the commit (git status names them)`)
    const findings = record.results.flatMap(({ name, problem }) =>
      problem === null ? [] : [`${name}: ${problem}`],
    )
    if (findings.length > 0)
      throw failed({
        ...{ code: `${what}-missed`, where: file, findings },
        what: `${findings.length} of ${record.results.length} do not hold: ${findings.join('; ')}`,
        next: `find out why, and record again: npm run ${script} -- --record ${file}`,
      })
    const played = [...new Set(record.results.map(({ name }) => name))]
    if (played.length < record.all && !run.world.partial)
      throw unknown(`${played.length} of ${record.all} are recorded`)
    run.progress(`${played.length} of ${record.all} are recorded, and hold`)
    await run.facts.write(what, { commit, played, all: record.all })
  }
}

async function readRecord(file: string): Promise<z.infer<typeof recordSchema> | undefined> {
  try {
    return recordSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    return undefined
  }
}
