import type { BrokenWorld } from './broken-world.ts'

/** One played row. */
export interface Line {
  readonly row: BrokenWorld
  readonly seconds: number
  /** In what the gate did something else than the row asks for. */
  readonly problems: readonly string[]
}

/** docs/matrix.md: what was played, what came out, how long it took. Pure. */
export function renderFigures(lines: readonly Line[], minutes: number, at: Date): string {
  const faultless = lines.filter(({ row }) => isFaultless(row))
  const rows = lines.filter(({ row }) => !isFaultless(row))
  return [
    '# Fault matrix',
    '',
    'Each row is a world in which something is wrong. The real gate (`npx vitest run gate`, in a process',
    'of its own) is run in it, and it is checked that the gate stops at the right requirement with the',
    'right verdict and code, that it re-opens exactly the right blockers and writes nothing else on',
    'GitHub, that evidence is kept and none overwritten, that no token stands in any file, and that',
    'nothing is left running. Rows marked *releases* are faults that the gate must live with.',
    '',
    'The rows are data: `specs/matrix/worlds.ts`. `npm run matrix` plays all of them and writes this page.',
    '',
    `| | |`,
    `|---|---|`,
    `| Played | ${at.toISOString().slice(0, 16).replace('T', ' ')} UTC, in ${minutes.toFixed(1)} minutes |`,
    `| Broken worlds as they should be | ${countGood(rows)} of ${rows.length} |`,
    `| Faultless world released | ${countGood(faultless)} of ${faultless.length} |`,
    `| Seconds of one faultless gate | ${secondsOf(faultless)} |`,
    '',
    '| World | Stands for | The gate | Seconds | |',
    '|---|---|---|---:|---|',
    ...rows.map(renderRow),
    '',
  ].join('\n')
}

function isFaultless({ faults }: BrokenWorld): boolean {
  return Object.keys(faults).length === 0
}

function countGood(lines: readonly Line[]): number {
  return lines.filter(({ problems }) => problems.length === 0).length
}

function secondsOf(lines: readonly Line[]): string {
  const seconds = lines.map((line) => line.seconds).sort((one, other) => one - other)
  const middle = seconds[seconds.length >> 1]
  return middle === undefined ? 'not played' : `${middle.toFixed(1)} (median)`
}

function renderRow({ row, seconds, problems }: Line): string {
  const cells = [
    row.name,
    row.covers,
    expectation(row),
    seconds.toFixed(1),
    problems.join('; ') || 'ok',
  ]
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
}

function expectation(row: BrokenWorld): string {
  if ('releases' in row) return '*releases*'
  const reopened = row.reopens === undefined ? '' : `, re-opens ${row.reopens.join(' and ')}`
  return `${row.stopsAt.replace('GATE/', '')} ${row.verdict} \`${row.code}\`${reopened}`
}
