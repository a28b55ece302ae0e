import type { StatedStop } from './collect.ts'

const HEAD = `# Stops

Every code with which a run can stop, as the sources state it: written by \`npm run stops\`, do not edit. \`…\`
stands for what only a run knows. What the operator must not do, and the usual reasons, are in
[operating](operating.md#9-triage-of-stops).

- **fail**: the candidate, or what was done to it, does not meet the requirement.
- **blocked**: something outside has to change first.
- **inconclusive**: the gate could not find out; nothing is known about the candidate.

| Code | Verdict | It says | What to do |
| --- | --- | --- | --- |
`

/** docs/stops.md. */
export function stopsPage(stops: readonly StatedStop[]): string {
  const byCode = Map.groupBy(stops, ({ code }) => code)
  const rows = [...byCode].map(([code, stated]) => {
    const cell = (of: (stop: StatedStop) => string | null): string =>
      [...new Set(stated.flatMap((one) => of(one) ?? []))].map(escaped).join('<br>') ||
      'see the screen'
    const verdicts = cell(({ verdict }) => verdict)
    return `| \`${code}\` | ${verdicts === 'see the screen' ? 'by what was found' : verdicts} | ${cell(({ what }) => what)} | ${cell(({ next }) => next)} |`
  })
  return `${HEAD}${rows.join('\n')}\n`
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll(/\s+/g, ' ').trim()
}
