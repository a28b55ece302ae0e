import { verifyConfinement } from '../src/gate/confinement/requirements.ts'
import { requirement } from './requirement.ts'

requirement(
  'GATE/C-008',
  'all work stays inside the prepared workspace; older checkouts are not used',
  verifyConfinement,
)
