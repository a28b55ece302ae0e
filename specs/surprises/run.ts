import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Figures, playAll } from './subjects/play.ts'

/**
 * Plays the surprises against the gate's readers: `npm run surprises`; with `-- --of FOLDER` only those of one
 * folder. With `-- --mutants` also with each
 * check of the gate disabled, one at a time, which a surprise has to notice; that writes the figures to
 * docs/surprises.md. `-- --played [--count N] [--seed N] [--width N] [--faultless N]` plays them through the
 * real gate instead, and writes docs/surprises-played.md. Exits 1 if anything was released wrongly, held
 * wrongly, or a mutant survived.
 */
const { values } = parseArgs({
  options: {
    of: { type: 'string', default: '' },
    mutants: { type: 'boolean', default: false },
    played: { type: 'boolean', default: false },
    count: { type: 'string', default: '300' },
    faultless: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    width: { type: 'string', default: '2' },
  },
})
const docs = join(import.meta.dirname, '..', '..', 'docs')
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
  if (values.mutants) return playMutants()
  return isRight(await playAll((name) => process.stderr.write(`${name}\n`), values.of))
}

/** Prints the figures; false if anything was released wrongly. */
function isRight(figures: readonly Figures[]): boolean {
  const wrong = figures.flatMap(({ subject, wrong: all }) => all.map((one) => `${subject}: ${one}`))
  process.stdout.write(tableOf(figures))
  for (const one of wrong.slice(0, 50)) process.stdout.write(`released wrongly: ${one}\n`)
  return wrong.length === 0
}

async function playMutants(): Promise<boolean> {
  const { probe } = await import('./mutants/probe.ts')
  const { playMutants: play } = await import('./mutants/play.ts')
  const { pageOf, unexplained } = await import('./mutants/page.ts')
  const say = (line: string): void => void process.stderr.write(`${line}\n`)
  const { figures, mutants } = await probe(say)
  const areRight = isRight(figures)
  const played = await play(mutants, Number(values.width), say)
  await writeFile(join(docs, 'surprises.md'), pageOf(tableOf(figures), played))
  return areRight && unexplained(played).length === 0
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
