import { verifyIngressCapUnchanged } from '../src/gate/guards/requirements.ts'
import { requirement } from './requirement.ts'

requirement(
  'GATE/C-004',
  'the ingress size cap of the service is not raised to suppress a 413',
  verifyIngressCapUnchanged,
)
