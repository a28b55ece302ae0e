import { verifyBoundaryImports } from '../src/gate/installation/requirements.ts'
import { requirement } from './requirement.ts'

requirement(
  'GATE/FR-004',
  'the owner and preflight modules import cleanly from the installed environment',
  verifyBoundaryImports,
)
