import { requirement } from './requirement.ts'

requirement('RELEASE/C-001')
