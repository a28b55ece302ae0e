import { verifyTeamspaceSuite } from '../src/gate/teamspace/requirements.ts'
import { requirement } from './requirement.ts'

requirement(
  'GATE/FR-013',
  'the Teamspace suite passes four times in a row and each log is kept',
  verifyTeamspaceSuite,
)
