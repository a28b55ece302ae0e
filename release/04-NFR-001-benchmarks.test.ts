import { requirement } from './requirement.ts'

requirement('RELEASE/NFR-001')
