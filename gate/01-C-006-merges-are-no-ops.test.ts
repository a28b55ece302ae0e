import { verifyMergesAreNoOps } from '../src/gate/blockers/requirements.ts'
import { requirement } from './requirement.ts'

requirement(
  'GATE/C-006',
  'pull requests 42 and 44 are merged already: merging them is a recorded no-op',
  verifyMergesAreNoOps,
)
