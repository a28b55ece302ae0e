import { verifyEvidenceImmutable } from '../src/gate/evidence/requirements.ts'
import { requirement } from './requirement.ts'

requirement(
  'GATE/NFR-003',
  'evidence of a finished attempt is never modified afterwards',
  verifyEvidenceImmutable,
)
