import { advice } from './advice.ts'
import type { StatedStop } from './collect.ts'

const HEAD = `# Stops

Every code with which a run can stop, as the sources state it: written by \`npm run stops\`, do not edit. \`…\`
stands for what only a run knows. The usual reasons, and what must not be done, are in
\`.config/stops/advice.ts\`.

- **fail**: the candidate, or what was done to it, does not meet the requirement.
- **blocked**: something outside has to change first.
- **inconclusive**: the gate could not find out; nothing is known about the candidate.

| Code | Verdict | It says | Usual reason | What to do | What not |
| --- | --- | --- | --- | --- | --- |
`

/** docs/stops.md. */
export function stopsPage(stops: readonly StatedStop[]): string {
  const byCode = Map.groupBy(stops, ({ code }) => code)
  const rows = [...byCode].map(([code, stated]) => {
    const cell = (of: (stop: StatedStop) => string | null): string =>
      [...new Set(stated.flatMap((one) => of(one) ?? []))].map(escaped).join('<br>') ||
      'see the screen'
    const verdicts = cell(({ verdict }) => verdict)
    const { usually = '', never = '' } = advice[code] ?? {}
    const cells = [
      `\`${code}\``,
      verdicts === 'see the screen' ? 'by what was found' : verdicts,
      ...[cell(({ what }) => what), usually, cell(({ next }) => next), never],
    ]
    return `| ${cells.join(' | ')} |`
  })
  return `${HEAD}${rows.join('\n')}\n`
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll(/\s+/g, ' ').trim()
}
