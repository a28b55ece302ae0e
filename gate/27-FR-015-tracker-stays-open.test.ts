import { verifyTrackerStaysOpen } from '../src/gate/publication/requirements.ts'
import { requirement } from './requirement.ts'

requirement(
  'GATE/FR-015',
  'the gate leaves the release tracker, issue 1038, open',
  verifyTrackerStaysOpen,
)
