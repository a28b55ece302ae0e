import { verifyCandidateInstalled } from '../src/gate/installation/requirements.ts'
import { requirement } from './requirement.ts'

requirement(
  'GATE/FR-003',
  'the newest prerelease after rc15 is installed from the index; without one, the gate stops',
  verifyCandidateInstalled,
)
