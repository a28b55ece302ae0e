import { verifyEvidencePreserved } from '../src/gate/evidence/requirements.ts'
import { requirement } from './requirement.ts'

requirement(
  'GATE/FR-010',
  'each attempt keeps its evidence in a folder of its own; earlier attempts stay as they are',
  verifyEvidencePreserved,
)
