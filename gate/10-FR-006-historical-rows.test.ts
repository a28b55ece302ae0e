import { verifyHistoricalRows } from '../src/gate/service/requirements.ts'
import { requirement } from './requirement.ts'

requirement(
  'GATE/FR-006',
  'the 22 historical business-rule rows are still terminal-failed and unmodified',
  verifyHistoricalRows,
)
