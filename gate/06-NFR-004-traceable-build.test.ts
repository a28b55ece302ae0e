import { verifyTraceableBuild } from '../src/gate/installation/requirements.ts'
import { requirement } from './requirement.ts'

requirement(
  'GATE/NFR-004',
  'the installed command traces to a commit at or after the baseline',
  verifyTraceableBuild,
)
