import type { Evidence, PageContent } from '@canary-gate/gate-kernel'
import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Fact, FactName } from '../run/facts.ts'
import type { GateRun } from '../run/run.ts'
import { failureRateBound } from '../publication/confidence.ts'
import type { PageFacts } from './page-facts.ts'
import { pageSections } from './sections.ts'

/** What the Phase-4 gate shows on the page of a run, read from the facts that the run left. */
export async function pageContent(run: GateRun, evidence: Evidence): Promise<PageContent> {
  const facts = await readFacts(run)
  const passes = (facts.single?.runs.length ?? 0) + (facts.fourRun?.runs.length ?? 0)
  return {
    worth: worthOf(evidence, passes),
    isRehearsal: evidence.world === 'rehearsal',
    sections: pageSections(facts),
    documentsOf: (id) => documentsOf(id, run.folder, facts.attempt),
  }
}

/** What a verdict is worth, in plain words. */
function worthOf({ verdict, stop }: Evidence, passes: number): string {
  if (verdict === 'release' && passes > 0) {
    const bound = Math.round(failureRateBound(passes) * 100)
    return `${passes} straight passes of the canary: with 95 % confidence it fails in fewer than ${bound} of 100 runs. More certainty needs more runs.`
  }
  if (stop === null) return 'Nothing is released.'
  return 'Nothing is released and nothing was written as a pass. What stopped the run is below.'
}

async function readFacts(run: GateRun): Promise<PageFacts> {
  const read = async <Name extends FactName>(name: Name): Promise<Fact<Name> | undefined> =>
    run.facts.read(name).catch(() => undefined)
  const attempt = await read('attempt')
  return {
    candidate: await read('candidate'),
    installation: await read('installation'),
    fixes: await read('fixes'),
    // A stopped run shows what the canary did; one that re-uses the proof has only that.
    single: (await read('singleRan')) ?? (await read('single')),
    fourRun: (await read('fourRunRan')) ?? (await read('fourRun')),
    snapshots: [await read('preflight'), await read('snapshotBeforeFourRuns')],
    states: [
      await read('stateBeforeSingle'),
      await read('stateAfterSingle'),
      await read('stateAfterFourRuns'),
    ],
    teamspace: await read('teamspace'),
    attempt: attempt === undefined ? undefined : relative(run.folder, attempt.folder),
  }
}

/** Documents by requirement, relative to the run folder; `@` stands for the attempt folder. */
const documents: Readonly<Record<string, readonly string[]>> = {
  'GATE/FR-001': ['facts/blockers.json'],
  'GATE/FR-002': ['fixes/1141.json', 'fixes/1182.json'],
  'GATE/FR-003': ['facts/candidate.json', 'facts/installation.json'],
  'GATE/FR-005': ['facts/preflight.json'],
  'GATE/FR-006': ['@/historical-rows.json'],
  'GATE/FR-007': ['@/run-1.json', '@/harness-single.log'],
  'GATE/FR-008': ['@/latest.json', '@/harness-four-run.log'],
  'GATE/NFR-001': ['@/interventions.json'],
  'GATE/NFR-002': ['@/health-before-four-runs.json'],
  'GATE/NFR-003': ['@/manifest.json'],
  'GATE/FR-013': ['facts/teamspace.json'],
  'GATE/FR-011': ['comment-41.md'],
  'GATE/FR-012': ['publication.json'],
  'GATE/FR-014': ['comment-1038.md'],
  'GATE/FR-015': ['publication.json'],
}

/** Only what exists: a link to nothing would look like evidence. */
function documentsOf(id: string, runFolder: string, attempt: string | undefined): string[] {
  return (documents[id] ?? [])
    .filter((path) => attempt !== undefined || !path.startsWith('@'))
    .map((path) => path.replace('@', attempt ?? ''))
    .filter((path) => existsSync(join(runFolder, path)))
}
