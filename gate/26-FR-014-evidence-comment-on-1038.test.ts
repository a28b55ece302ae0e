import { verifyTrackerCommentReady } from '../src/gate/publication/requirements.ts'
import { requirement } from './requirement.ts'

requirement(
  'GATE/FR-014',
  'one complete evidence comment stands on the release tracker, issue 1038',
  verifyTrackerCommentReady,
)
