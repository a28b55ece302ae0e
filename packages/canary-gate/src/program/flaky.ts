import type { Evidence } from '@canary-gate/gate-kernel'

/** What of a run is compared with other runs of its candidate. */
export type Compared = Pick<Evidence, 'world' | 'candidate' | 'requirements'>

/**
 * Requirements that one run of a candidate passed and another one failed, in the same world: for each run,
 * those that it decided itself. Rehearsals break their candidates on purpose and are not compared.
 *
 * @returns ids in the order of each run's table, run by run
 */
export function flakyOf(runs: readonly Compared[]): readonly (readonly string[])[] {
  const seen = new Map<string, { readonly passed: Set<string>; readonly failed: Set<string> }>()
  for (const run of runs) {
    const known = seen.get(keyOf(run)) ?? { passed: new Set(), failed: new Set() }
    for (const { id, verdict, reusedFrom } of run.requirements) {
      if (verdict === 'pass' && reusedFrom === undefined) known.passed.add(id)
      if (verdict === 'fail') known.failed.add(id)
    }
    seen.set(keyOf(run), known)
  }
  return runs.map((run) => {
    const known = seen.get(keyOf(run))
    if (known === undefined || run.candidate === null || run.world === 'rehearsal') return []
    return run.requirements
      .filter(({ verdict }) => verdict === 'pass' || verdict === 'fail')
      .flatMap(({ id }) => (known.passed.has(id) && known.failed.has(id) ? [id] : []))
  })
}

function keyOf({ world, candidate }: Compared): string {
  return JSON.stringify([world, candidate?.commit])
}
