import { verifyTrackerCannotBeClosed } from '../src/gate/publication/requirements.ts'
import { requirement } from './requirement.ts'

requirement(
  'GATE/C-007',
  'no code path of the gate closes the release tracker, issue 1038',
  verifyTrackerCannotBeClosed,
)
