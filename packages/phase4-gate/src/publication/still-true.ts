import { isDeepStrictEqual } from 'node:util'
import { blocked, failed, inconclusive } from '@canary-gate/gate-kernel'
import { readBlockers } from '../blockers/requirements.ts'
import { openGitHub } from '../github/open.ts'
import type { GateRun } from '../run/run.ts'
import { readBundle } from './bundle.ts'
import { checkComment } from './checklist.ts'
import { observe } from './observe.ts'
import { requireUsable, takeSnapshot } from '../service/snapshot.ts'
import { requireUnlocked } from './requirements.ts'

/** GATE/FR-001 once more: both are closed, by the very changes whose substance was proven. */
export async function requireBlockersAsProven(run: GateRun): Promise<void> {
  const proven = await run.facts.read('blockers')
  const now = await readBlockers(run)
  if (isDeepStrictEqual(now, proven)) return
  throw blocked({
    code: 'blocker-changed',
    cause: 'cannot-tell',
    what: 'a blocker was closed again, or by another change, after its fix was proven',
    where: run.world.github.repositories.cli,
    next: 'find out what happened to the issue, then run the whole gate again: canary-gate run',
  })
}

/** GATE/NFR-002 once more: a service that fails now is the service's doing, before any change is looked for. */
export async function requireStillReady(run: GateRun): Promise<void> {
  requireUsable(await takeSnapshot(run), 'last look', new Date())
}

/** GATE/FR-011 and FR-014 once more: both comments, as they were rendered, are still true. */
export async function requireCommentsStillTrue(run: GateRun): Promise<void> {
  const github = await openGitHub(run.world)
  const [e2e, tracker] = await Promise.all([github.issue(41), github.issue(1038)])
  for (const issue of [e2e, tracker]) requireUnlocked(issue)
  const { e2e41, tracker1038 } = await run.facts.read('comments')
  const bundle = await readBundle(run, e2e.url, true)
  const observed = await observe(run, bundle, github)
  const now = new Date()
  const stop =
    checkComment(41, { body: e2e41, bundle, observed, now }) ??
    checkComment(1038, { body: tracker1038 ?? '', bundle, observed, now })
  if (stop === null) return
  const { code, verdict, cause, findings = [] } = stop.report
  throw { fail: failed, blocked, inconclusive }[verdict]({
    ...{ code, cause, findings },
    what: `what the comments say is not true any more: ${findings.join('; ')}`,
    where: `${e2e.url}, ${tracker.url}`,
    next: 'find out who changed what the findings name, then run the whole gate again: canary-gate run',
  })
}
