import { requirementsOf } from '@canary-gate/reporters/requirement'
import { gate } from './gate.ts'

export const requirement = requirementsOf(gate)
