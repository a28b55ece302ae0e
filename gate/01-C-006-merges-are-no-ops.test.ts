import { requirement } from './requirement.ts'

requirement('GATE/C-006')
