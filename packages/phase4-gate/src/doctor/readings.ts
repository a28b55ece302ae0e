import {
  type FactStore,
  type Finding,
  inconclusive,
  missing,
  present,
  stopReportOf,
  unknown,
} from '@canary-gate/gate-kernel'
import { join } from 'node:path'
import { chooseCandidate } from '../installation/choose.ts'
import { requireUnclaimed } from '../installation/home-claim.ts'
import { readBlockers, verifyMergesAreNoOps } from '../blockers/requirements.ts'
import type { facts } from '../run/facts.ts'
import { openGitHub } from '../github/open.ts'
import {
  requireOurAuthor,
  requireUnlocked,
  verifyTrackerStaysOpen,
} from '../publication/requirements.ts'
import type { GateRun } from '../run/run.ts'
import { verifyHistoricalRows, verifyPreflight } from '../service/requirements.ts'
import type { World } from '../world/schema.ts'

interface Reading {
  readonly requirement: string
  readonly what: string
  /** The run's own check, which only reads. */
  readonly check: (run: GateRun) => Promise<void>
}

/**
 * What a run asks GitHub and the service before its first canary, asked by the very functions of the
 * run: whatever would stop it there for a reason outside the candidate is found here first.
 */
const readings: readonly Reading[] = [
  {
    ...{ requirement: 'GATE/C-006', what: 'pull requests 42 and 44 are merged' },
    check: verifyMergesAreNoOps,
  },
  {
    ...{ requirement: 'GATE/FR-001', what: '1141 and 1182 are closed as completed' },
    check: async (run) => {
      await readBlockers(run)
    },
  },
  {
    ...{ requirement: 'GATE/FR-003', what: 'tags, index and earlier runs tell the candidate' },
    check: async (run) => {
      await chooseCandidate(run)
    },
  },
  {
    ...{ requirement: 'GATE/FR-003', what: 'no other gate works with the same homes' },
    check: requireUnclaimed,
  },
  {
    ...{ requirement: 'GATE/FR-005', what: 'the service is healthy and ready' },
    check: verifyPreflight,
  },
  {
    ...{ requirement: 'GATE/FR-006', what: 'the historical rows are there' },
    check: verifyHistoricalRows,
  },
  {
    ...{ requirement: 'GATE/FR-011', what: 'issues 41 and 1038 can be read and commented on' },
    check: requireCommentable,
  },
  {
    ...{ requirement: 'GATE/FR-015', what: 'issue 1038 is open' },
    check: verifyTrackerStaysOpen,
  },
]

/** Each reading as a finding, in the order of the requirements. Nothing is written anywhere. */
export async function examineReadings(world: World, runs: string): Promise<Finding[]> {
  const service = { ...world.service, retryAfterMs: 0 }
  const run: GateRun = {
    ...{ id: 'doctor', folder: join(runs, 'doctor'), world: { ...world, service } },
    facts: factsInMemory(),
    progress: () => undefined,
  }
  const findings: Finding[] = []
  for (const { requirement, what, check } of readings) {
    findings.push(await found(`${requirement} ${what}`, () => check(run)))
  }
  return findings
}

async function found(subject: string, check: () => Promise<void>): Promise<Finding> {
  try {
    await check()
    return present(subject, 'yes')
  } catch (error) {
    const { code, what, where, next } = stopReportOf(error)
    const seen = `${what} (${where})`
    // A candidate that is still to be cut is nothing that could be mended on this machine.
    return code === 'no-new-candidate' ? unknown(subject, seen, next) : missing(subject, seen, next)
  }
}

async function requireCommentable(run: GateRun): Promise<void> {
  const github = await openGitHub(run.world)
  for (const number of [41, 1038]) requireUnlocked(await github.issue(number))
  await requireOurAuthor(run, github)
}

/** Facts that are gone when the command ends. */
function factsInMemory(): FactStore<typeof facts> {
  const known = new Map<string, unknown>()
  return {
    write: (name, value) => Promise.resolve(void known.set(name, value)),
    read: (name) =>
      known.has(name)
        ? Promise.resolve(known.get(name) as never)
        : Promise.reject(notLookedAt(name)),
  }
}

const notLookedAt = (name: string): Error =>
  inconclusive({
    code: 'not-looked-at',
    cause: 'environment',
    what: `not looked at, because it rests on the ${name} that is missing`,
    where: 'canary-gate doctor',
    next: 'mend what is named above, then look again',
  })
