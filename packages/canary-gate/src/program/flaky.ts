import type { Evidence } from '@canary-gate/gate-kernel'

/** What of a run is compared with other runs of its candidate. */
export type Compared = Pick<Evidence, 'world' | 'candidate' | 'requirements' | 'repeated'>

/**
 * What a candidate passed once and failed another time in the same world: requirements, and the parts of what
 * a run repeats (a scenario of the canary, within one run, too). Each run names those that it decided itself.
 * Rehearsals break their candidates on purpose and are not compared.
 *
 * @returns ids in the order of each run's table, then parts, run by run
 */
export function flakyOf(runs: readonly Compared[]): readonly (readonly string[])[] {
  const seen = new Map<string, { readonly passed: Set<string>; readonly failed: Set<string> }>()
  for (const run of runs) {
    const known = seen.get(keyOf(run)) ?? { passed: new Set(), failed: new Set() }
    for (const name of passedIn(run)) known.passed.add(name)
    for (const name of failedIn(run)) known.failed.add(name)
    seen.set(keyOf(run), known)
  }
  return runs.map((run) => {
    const known = seen.get(keyOf(run))
    if (known === undefined || run.candidate === null || run.world === 'rehearsal') return []
    return decidedIn(run).filter((name) => known.passed.has(name) && known.failed.has(name))
  })
}

/** A pass that was taken over was proven by another run, which says so itself. */
function passedIn({ requirements, repeated = [] }: Compared): string[] {
  return [
    ...requirements
      .filter((one) => one.verdict === 'pass' && one.reusedFrom === undefined)
      .map(idOf),
    ...repeated.filter(({ passed }) => passed > 0).map(partOf),
  ]
}

function failedIn({ requirements, repeated = [] }: Compared): string[] {
  return [
    ...requirements.filter(({ verdict }) => verdict === 'fail').map(idOf),
    ...repeated.filter(({ failed }) => failed > 0).map(partOf),
  ]
}

function decidedIn({ requirements, repeated = [] }: Compared): string[] {
  const decided = requirements.filter(({ verdict }) => verdict === 'pass' || verdict === 'fail')
  return [...decided.map(idOf), ...repeated.map(partOf)]
}

function idOf({ id }: Compared['requirements'][number]): string {
  return id
}

function partOf({ part }: NonNullable<Compared['repeated']>[number]): string {
  return part
}

function keyOf({ world, candidate }: Compared): string {
  return JSON.stringify([world, candidate?.commit])
}
