// `npm run lint:deps`, or `check-dependencies.ts [<root>]`: the rules of packages and folders, and the
// one place of each requirement's text (CONTRIBUTING.md). A checker that could read nothing would find
// nothing, so the number of modules it saw is checked as well.
import { resolve } from 'node:path'
import { checkTree } from './dependency-rules/check.ts'

const checkout = resolve(import.meta.dirname, '..')
const root = resolve(process.argv[2] ?? checkout)

/** Each folder of the checkout and each package has at least so many modules. */
const FEWEST_MODULES = root === checkout ? 500 : 1

const { modules, violations } = checkTree(root)

for (const { rule, from, to } of violations) process.stderr.write(`${rule}: ${from} -> ${to}\n`)
if (modules < FEWEST_MODULES)
  process.stderr.write(`only ${modules} modules were read, at least ${FEWEST_MODULES} exist\n`)
process.stdout.write(`${modules} modules, ${violations.length} violations\n`)
process.exitCode = violations.length > 0 || modules < FEWEST_MODULES ? 1 : 0
