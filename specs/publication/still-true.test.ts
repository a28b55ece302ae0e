import { expect } from 'vitest'
import {
  verifyE2eCommentReady,
  verifyTrackerCommentReady,
} from '../../packages/phase4-gate/src/publication/requirements.ts'
import {
  requireCommentsStillTrue,
  requireStillReady,
} from '../../packages/phase4-gate/src/publication/still-true.ts'
import { stopOf } from '../preflight/world.ts'
import { spec } from '../spec.ts'
import { onTracker } from './broken.ts'
import { openProvenRun } from './proven-run.ts'

spec(
  ['GATE/FR-011', 'GATE/FR-014'],
  'a comment that is not true any more is told without a word on whether it was posted',
  async () => {
    for (const { item, verdict, by } of onTracker) {
      await using proven = await openProvenRun()
      const { run } = proven
      await verifyE2eCommentReady(run)
      await verifyTrackerCommentReady(run)
      await expect(requireCommentsStillTrue(run)).resolves.toBeUndefined()
      await by(proven)
      const stop = await stopOf(requireCommentsStillTrue(run))
      expect(stop, item).toMatchObject({ code: `comment-${item}`, verdict })
      expect(`${stop.what} ${stop.where} ${stop.next}`, item).not.toMatch(/posted|nothing was/)
    }
  },
)

spec(
  'GATE/NFR-002',
  'a service that fails at the last look is the service’s failure, not a change by hand',
  async () => {
    await using proven = await openProvenRun()
    await expect(requireStillReady(proven.run)).resolves.toBeUndefined()
    Object.assign(proven.service.drain, { terminalFailedCount: 1 })
    const stop = await stopOf(requireStillReady(proven.run))
    expect(stop).toMatchObject({ cause: 'environment', verdict: 'blocked' })
  },
)
