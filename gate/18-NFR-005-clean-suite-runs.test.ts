import { verifyCleanConsecutiveRuns } from '../src/gate/teamspace/requirements.ts'
import { requirement } from './requirement.ts'

requirement(
  'GATE/NFR-005',
  'the Teamspace suite needs no clean-up retry; a failed run is root-caused first',
  verifyCleanConsecutiveRuns,
)
