import { requirement } from './requirement.ts'

requirement('GATE/NFR-005')
