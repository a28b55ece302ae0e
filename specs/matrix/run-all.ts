import { writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type RecordedResult, writeRecord } from '../record.ts'
import type { BrokenWorld } from './broken-world.ts'
import { differences } from './judge.ts'
import { play } from './play.ts'
import { type Line, renderFigures } from './render.ts'
import { sideBySide } from './side-by-side.ts'
import { worlds } from './worlds.ts'

/**
 * The whole fault matrix: `run-all.ts [--only TEXT] [--width N] [--faultless N] [--record FILE]`. Without `--only` it
 * writes its figures to docs/matrix.md. Exits 1 if any row differs.
 */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      width: { type: 'string', default: String(Math.max(1, availableParallelism() >> 1)) },
      faultless: { type: 'string', default: '20' },
      record: { type: 'string' },
    },
  })
  const { only, record } = values
  const chosen = worlds.filter(
    ({ name, ...row }) =>
      only === undefined || name.includes(only) || ('stopsAt' in row && row.stopsAt === only),
  )
  const faultless = only === undefined ? repeated(faultlessWorld, Number(values.faultless)) : []
  const startedMs = performance.now()
  const lines = await sideBySide([...chosen, ...faultless], Number(values.width), playRow)
  const minutes = (performance.now() - startedMs) / 60_000
  const broken = lines.filter(({ problems }) => problems.length > 0)
  say(
    `${lines.length - broken.length} of ${lines.length} as they should be, ${minutes.toFixed(1)} min`,
  )
  if (only === undefined) await writeFigures(renderFigures(lines, minutes, new Date()))
  if (record !== undefined) await writeRecord(record, worlds.length + 1, lines.map(recorded))
  return broken.length === 0 ? 0 : 1
}

function recorded({ row, problems }: Line): RecordedResult {
  return { name: row.name, problem: problems.length === 0 ? null : problems.join('; ') }
}

const faultlessWorld: BrokenWorld = {
  name: 'nothing is wrong',
  covers: 'the gate passes what is right',
  faults: {},
  releases: true,
}

function repeated(row: BrokenWorld, times: number): BrokenWorld[] {
  return Array.from({ length: times }, () => row)
}

async function playRow(row: BrokenWorld): Promise<Line> {
  const line = await playQuietly(row)
  say(`${line.problems.length === 0 ? 'ok  ' : 'BAD '} ${row.name} (${line.seconds.toFixed(1)} s)`)
  for (const problem of line.problems) say(`       ${problem}`)
  return line
}

async function playQuietly(row: BrokenWorld): Promise<Line> {
  try {
    const played = await play(row.faults)
    return { row, seconds: played.seconds, problems: differences(row, played) }
  } catch (error) {
    return { row, seconds: 0, problems: [error instanceof Error ? error.message : String(error)] }
  }
}

async function writeFigures(text: string): Promise<void> {
  await writeFile(join(import.meta.dirname, '..', '..', 'docs', 'matrix.md'), text)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

process.exitCode = await main()
