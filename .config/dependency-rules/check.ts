import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readModules } from './modules.ts'
import { type Violation, violationsIn } from './rules.ts'
import { copiedTexts } from './texts.ts'

/** Where the sentences of requirements are. */
const TABLES = ['gate/gate.ts', 'release/gate.ts', 'specs/register.ts']

/** Every breach of a rule in the tree below `root`, and the number of modules that were read. */
export function checkTree(root: string): { modules: number; violations: Violation[] } {
  const modules = readModules(root)
  const tables = TABLES.filter((table) => existsSync(join(root, table)))
  const violations = [...violationsIn(root, modules), ...copiedTexts(root, modules, tables)]
  return { modules: modules.length, violations }
}
