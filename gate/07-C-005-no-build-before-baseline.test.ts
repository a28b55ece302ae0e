import { verifyNotBeforeBaseline } from '../src/gate/installation/requirements.ts'
import { requirement } from './requirement.ts'

requirement(
  'GATE/C-005',
  'no build from before the baseline commit is used',
  verifyNotBeforeBaseline,
)
