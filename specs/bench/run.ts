/**
 * `npm run bench [-- --json] [-- --only <words>] [-- --record <file>]`: measures every row in `rows/`, one file a row, and
 * writes the table to docs/benchmarks.md. Ratios are medians of rounds interleaved with their baseline
 * in this same run; absolute figures of a shared machine say little.
 */
import Database from 'better-sqlite3'
import { readdirSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { type RecordedResult, writeRecord } from '../record.ts'
import { judge, type BenchResult, type BenchRow } from './row.ts'

const {
  json: asJson,
  only,
  record,
} = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    record: { type: 'string' },
  },
}).values

const results: BenchResult[] = []
const notes: string[] = []
const rows = await allRows()
for (const row of rows.filter(({ name }) => name.includes(only))) {
  const result = judge(row, await row.measure())
  results.push(result)
  if (!result.holds && row.inTheWay !== undefined) notes.push(`- **${row.name}**: ${row.inTheWay}`)
  if (!asJson) process.stdout.write(`${line(result)}\n`)
}
if (asJson) process.stdout.write(`${JSON.stringify({ rows: results }, null, 2)}\n`)
if (only === '') writeFileSync(join(import.meta.dirname, '../../docs/benchmarks.md'), page(results))
if (record !== undefined) await writeRecord(record, rows.length, results.map(recorded))
process.exit(0)

function recorded({ name, value, unit, bar, holds }: BenchResult): RecordedResult {
  return { name, problem: holds ? null : `${figure(value)} ${unit}, the bar is ${bar}` }
}

async function allRows(): Promise<BenchRow[]> {
  const folder = join(import.meta.dirname, 'rows')
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .sort()
  const modules = files.map((name) => import(pathToFileURL(join(folder, name)).href))
  return ((await Promise.all(modules)) as { row: BenchRow }[]).map(({ row }) => row)
}

function line({ name, value, unit, bar, holds }: BenchResult): string {
  return `${holds ? 'holds ' : 'MISSED'}  ${figure(value)} ${unit} (${bar})  ${name}`
}

function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}

function page(rows: readonly BenchResult[]): string {
  const sqlite = String(new Database(':memory:').prepare('SELECT sqlite_version()').pluck().get())
  const [cpu] = cpus()
  const machine = `${cpus().length} × ${cpu?.model.trim() ?? 'unknown CPU'}, ${Math.round(totalmem() / 2 ** 30)} GB`
  const body = rows.map(
    ({ name, value, unit, bar, holds }) =>
      `| ${name} | ${figure(value)} ${unit} | ${bar} | ${holds ? 'yes' : 'no'} |`,
  )
  return `# Benchmarks

Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: ${machine}, ${process.platform}, Node ${process.versions.node}, SQLite ${sqlite}.
Every ratio is the median of rounds that alternate with their baseline in the same run, on the same
kilobyte of JSON.

| What | Measured | Bar | Holds |
|---|---|---|---|
${body.join('\n')}
${notes.length === 0 ? '' : `\n## What stands in the way\n\n${notes.join('\n')}\n`}`
}
