// Checks the walls between the rooms (.config/walls.cjs): `npm run walls`. The checker prints "no
// violations" also where it could read nothing at all, so what it saw is counted as well.
import { execa } from 'execa'

interface Cruise {
  readonly summary: {
    readonly totalCruised: number
    readonly violations: readonly { from: string; to: string; rule: { name: string } }[]
  }
}

/** Fewer modules than this were never seen since the rooms exist. */
const FEWEST_MODULES = 100

const rooms = ['src', 'gate', 'specs', 'fixtures', 'reporters']
const words = ['--config', '.config/walls.cjs', '--output-type', 'json', ...rooms]
const { stdout } = await execa('depcruise', words, {
  preferLocal: true,
  reject: false,
  maxBuffer: 2 ** 28,
})
const { totalCruised, violations } = (JSON.parse(stdout) as Cruise).summary

for (const { rule, from, to } of violations)
  process.stderr.write(`${rule.name}: ${from} -> ${to}\n`)
if (totalCruised < FEWEST_MODULES) process.stderr.write(`only ${totalCruised} modules were read\n`)
process.stdout.write(`${totalCruised} modules, ${violations.length} violations\n`)
process.exitCode = violations.length > 0 || totalCruised < FEWEST_MODULES ? 1 : 0
