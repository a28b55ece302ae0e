import { verifyBlockersClosed } from '../src/gate/blockers/requirements.ts'
import { requirement } from './requirement.ts'

requirement(
  'GATE/FR-001',
  'issues 1141 and 1182 are both closed before any later step runs',
  verifyBlockersClosed,
)
