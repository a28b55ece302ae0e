import { verifySingleCanary } from '../src/gate/canary/requirements.ts'
import { requirement } from './requirement.ts'

requirement(
  'GATE/FR-007',
  'one canary run passes all four scenarios; a failure re-opens the matching blocker',
  verifySingleCanary,
)
