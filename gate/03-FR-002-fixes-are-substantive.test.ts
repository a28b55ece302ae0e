import { verifyFixSubstance } from '../src/gate/fix-substance/requirement.ts'
import { requirement } from './requirement.ts'

requirement(
  'GATE/FR-002',
  'the changes that closed the blockers alter their path and have a test that fails without them',
  verifyFixSubstance,
)
