import { verifyFourRunProtocol } from '../src/gate/canary/requirements.ts'
import { requirement } from './requirement.ts'

requirement(
  'GATE/FR-008',
  'four canary runs in a row all say "outcome": "pass"',
  verifyFourRunProtocol,
)
