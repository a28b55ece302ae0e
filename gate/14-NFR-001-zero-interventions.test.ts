import { verifyZeroInterventions } from '../src/gate/interventions/requirements.ts'
import { requirement } from './requirement.ts'

requirement(
  'GATE/NFR-001',
  'all four run documents pass with zero manual interventions between them, measured',
  verifyZeroInterventions,
)
