import { requirement } from './requirement.ts'

requirement('RELEASE/FR-004')
