import { verifyNoManualMutation } from '../src/gate/guards/requirements.ts'
import { requirement } from './requirement.ts'

requirement(
  'GATE/FR-009',
  'no queue, database, daemon record, event or ingress cap is changed by hand',
  verifyNoManualMutation,
)
