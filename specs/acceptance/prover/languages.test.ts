import { otherProjects } from '../../../fixtures/fix-corpus/runners/others.ts'
import { describeTable } from './table.ts'

describeTable(otherProjects)
