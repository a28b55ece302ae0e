import { verifyLocalQueueUntouched } from '../src/gate/guards/requirements.ts'
import { requirement } from './requirement.ts'

requirement(
  'GATE/C-003',
  'no local queue event is replayed or deleted to make the canary pass',
  verifyLocalQueueUntouched,
)
