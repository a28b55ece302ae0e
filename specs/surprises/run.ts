import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Figures, isAnyWrong, playAll, SURPRISED } from './play.ts'

/**
 * Plays the surprises against the gate's readers: `npm run surprises`. With `-- --mutants` also with each
 * check of the gate disabled, one at a time, which a surprise has to notice; that writes the figures to
 * docs/surprises.md. `-- --played [--count N] [--seed N] [--width N] [--faultless N]` plays them through the
 * real gate instead, and writes docs/surprises-played.md. Exits 1 if anything was released wrongly, held
 * wrongly, or a mutant survived.
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    mutants: { type: 'boolean', default: false },
    played: { type: 'boolean', default: false },
    count: { type: 'string', default: '300' },
    faultless: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    width: { type: 'string', default: '2' },
  },
})
const docs = join(import.meta.dirname, '..', '..', 'docs')
if (values.only !== undefined) process.exit((await isAnyWrong(values.only)) ? SURPRISED : 0)
process.exitCode = (await (values.played ? playThroughGate() : playReaders())) ? 0 : 1

async function playThroughGate(): Promise<boolean> {
  const { playPage } = await import('./played/page.ts')
  const number = (name: 'count' | 'seed' | 'width' | 'faultless'): number => Number(values[name])
  const { isRight, page } = await playPage({
    ...{ count: number('count'), seed: number('seed'), width: number('width') },
    ...{ faultless: number('faultless'), say: (line) => process.stdout.write(`${line}\n`) },
  })
  await writeFile(join(docs, 'surprises-played.md'), page)
  return isRight
}

async function playReaders(): Promise<boolean> {
  const figures = await playAll((name) => process.stderr.write(`${name}\n`))
  const wrong = figures.flatMap(({ subject, wrong: all }) => all.map((one) => `${subject}: ${one}`))
  process.stdout.write(tableOf(figures))
  for (const one of wrong.slice(0, 50)) process.stdout.write(`released wrongly: ${one}\n`)
  if (!values.mutants) return wrong.length === 0
  const { playMutants } = await import('./mutants.ts')
  const mutants = await playMutants((line) => process.stderr.write(`${line}\n`))
  const survivors = mutants.filter(({ isKilled }) => !isKilled)
  for (const { check } of survivors) process.stdout.write(`survived: ${check}\n`)
  await writeFile(join(docs, 'surprises.md'), pageOf(figures, mutants))
  return wrong.length === 0 && survivors.length === 0
}

function tableOf(all: readonly Figures[]): string {
  const row = (name: string, counts: readonly number[]): string =>
    `| ${[name, ...counts].join(' | ')} |\n`
  const sum = (pick: (one: Figures) => number): number =>
    all.reduce((total, one) => total + pick(one), 0)
  const counts: readonly ((one: Figures) => number)[] = [
    ({ tried }) => tried,
    ({ held }) => held,
    ({ harmless }) => harmless,
    ({ wrong: some }) => some.length,
  ]
  return [
    '| Document | Tried | Held | Harmless | Released wrongly |\n|---|---|---|---|---|\n',
    ...all.map((one) =>
      row(
        `\`${one.subject}\``,
        counts.map((count) => count(one)),
      ),
    ),
    row('all', counts.map(sum)),
  ].join('')
}

function pageOf(
  all: readonly Figures[],
  mutants: readonly { readonly check: string; readonly isKilled: boolean }[],
): string {
  const killed = mutants.filter(({ isKilled }) => isKilled).length
  return `# Surprises

Written by \`npm run surprises -- --mutants\`. Each document that the gate reads is changed: every field, its
key and the bytes around it; what contradicts itself, what can be read in two ways, what nobody knows. A
change is harmless where the document still means the same, or where \`specs/surprises/subjects\` says why
the field may differ; every other one has to be held. Of long answers of GitHub a part is played.

${tableOf(all)}
## Mutants of the gate

One check at a time is disabled, and some surprise has to be released then: ${killed} of ${mutants.length} were noticed.

| Check | Noticed |
|---|---|
${mutants.map(({ check, isKilled }) => `| ${check} | ${isKilled ? 'yes' : 'no'} |\n`).join('')}`
}
