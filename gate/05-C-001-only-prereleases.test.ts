import { verifyOnlyPrerelease } from '../src/gate/installation/requirements.ts'
import { requirement } from './requirement.ts'

requirement(
  'GATE/C-001',
  'only a prerelease is installed; the final 3.2.0 is never cut',
  verifyOnlyPrerelease,
)
