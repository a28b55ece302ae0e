import { requirement } from './requirement.ts'

requirement('GATE/FR-004')
