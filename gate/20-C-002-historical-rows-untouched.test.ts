import { verifyHistoricalRowsUntouched } from '../src/gate/guards/requirements.ts'
import { requirement } from './requirement.ts'

requirement(
  'GATE/C-002',
  'the 22 historical rows of the deployed service are never rebased, reset or modified',
  verifyHistoricalRowsUntouched,
)
