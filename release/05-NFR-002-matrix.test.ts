import { requirement } from './requirement.ts'

requirement('RELEASE/NFR-002')
