import { verifyPreflight } from '../src/gate/service/requirements.ts'
import { requirement } from './requirement.ts'

requirement(
  'GATE/FR-005',
  'both health endpoints answer 200, events are 5.1.0 or newer, no infra row failed',
  verifyPreflight,
)
