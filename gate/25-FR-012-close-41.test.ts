import { verifyE2eClosable } from '../src/gate/publication/requirements.ts'
import { requirement } from './requirement.ts'

requirement(
  'GATE/FR-012',
  'end-to-end issue 41 is closed, after its evidence comment',
  verifyE2eClosable,
)
