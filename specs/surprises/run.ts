// Plays the surprises against the gate's readers and prints the figures: `npm run surprises`. With
// `-- --mutants`, also with each check of the gate disabled, one at a time: each has to be missed.
import { isAnyWrong, playAll, SURPRISED } from './play.ts'

const only = process.argv.find((word) => word.startsWith('--only='))?.slice('--only='.length)
if (only !== undefined) {
  process.exit((await isAnyWrong(only)) ? SURPRISED : 0)
}

const figures = await playAll((name) => process.stderr.write(`${name}\n`))
const sum = (name: 'tried' | 'held' | 'harmless'): number =>
  figures.reduce((total, one) => total + one[name], 0)
const wrong = figures.flatMap(({ subject, wrong: all }) => all.map((one) => `${subject}: ${one}`))

process.stdout.write(
  '| Document | Tried | Held | Harmless | Released wrongly |\n|---|---|---|---|---|\n',
)
for (const { subject, tried, held, harmless, wrong: all } of figures)
  process.stdout.write(`| ${subject} | ${tried} | ${held} | ${harmless} | ${all.length} |\n`)
const totals = [sum('tried'), sum('held'), sum('harmless'), wrong.length].join(' | ')
process.stdout.write(`| all | ${totals} |\n`)
for (const one of wrong.slice(0, 50)) process.stdout.write(`released wrongly: ${one}\n`)
process.exitCode = wrong.length === 0 ? 0 : 1
if (process.argv.includes('--mutants')) {
  const { playMutants } = await import('./mutants.ts')
  const survivors = await playMutants((line) => process.stdout.write(`${line}\n`))
  if (survivors > 0) process.exitCode = 1
}
