import { javascriptProjects } from '../../../fixtures/fix-corpus/runners/javascript.ts'
import { describeTable } from './table.ts'

describeTable(javascriptProjects)
