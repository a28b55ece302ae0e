import { verifyReadyAtEveryPreflight } from '../src/gate/service/requirements.ts'
import { requirement } from './requirement.ts'

requirement(
  'GATE/NFR-002',
  'at every preflight the service is ready and no infra row is terminally failed',
  verifyReadyAtEveryPreflight,
)
