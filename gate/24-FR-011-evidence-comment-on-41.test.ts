import { verifyE2eCommentReady } from '../src/gate/publication/requirements.ts'
import { requirement } from './requirement.ts'

requirement(
  'GATE/FR-011',
  'after the four runs, one complete evidence comment stands on end-to-end issue 41',
  verifyE2eCommentReady,
)
