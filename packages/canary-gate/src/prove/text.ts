import type { ProveReport } from '@canary-gate/fix-prover'

type Hunk = ProveReport['hunks'][number]

/** What a person reads in a terminal. */
export function textOf(report: ProveReport): readonly string[] {
  const { verdict, head, subject, reasons, waiver, tests, hunks, runners, isolation, seconds } =
    report
  return [
    `${verdict.toUpperCase()}: ${head.slice(0, 12)} ${subject}`,
    ...(waiver === null ? [] : [`  WAIVER in the commit message: ${waiver}`]),
    ...reasons.map((reason) => `  - ${reason}`),
    ...(tests.length === 0 ? [] : ['', 'Tests:']),
    ...tests.map(({ id, result, caughtBy }) => `  ${result}${hunksText(caughtBy)}: ${id}`),
    ...(hunks.length === 0 ? [] : ['', 'Changed product code:']),
    ...hunks.flatMap(hunkLines),
    '',
    ...runners.map(
      ({ runner, folder, files }) => `${runner} in ${folder || '.'}: ${files.join(', ')}`,
    ),
    ...(isolation.missing === null ? [] : [`isolation: ${isolation.missing}`]),
    `${seconds.total} s in all, ${seconds.tests} s for the first run of the tests`,
  ]
}

function hunksText(numbers: readonly number[]): string {
  return numbers.length === 0 ? '' : ` hunk ${numbers.join(', ')}`
}

function hunkLines({ id, file, lines, state, mutants }: Hunk): readonly string[] {
  const { tried, survived } = mutants
  const strength = tried === 0 ? '' : `; ${tried - survived.length} of ${tried} mutants noticed`
  return [
    `  ${id} ${file}:${lines[0]}-${lines[1]} ${state}${strength}`,
    ...survived.slice(0, 5).map((what) => `      not noticed: ${what}`),
  ]
}

/** For the summary of a pull request or of a workflow. */
export function markdownOf(report: ProveReport): string {
  const { verdict, head, subject, reasons, waiver, tests, hunks } = report
  const cell = (text: string): string => text.replaceAll('|', String.raw`\|`).replace(/\s+/g, ' ')
  const code = (text: string): string => `\`${cell(text).replaceAll('`', "'")}\``
  return [
    `### Does a test fail without this change? **${verdict}**`,
    '',
    `${code(head.slice(0, 12))} ${cell(subject)}`,
    ...(waiver === null ? [] : ['', `**Waiver in the commit message:** ${cell(waiver)}`]),
    '',
    ...reasons.slice(0, 10).map((reason) => `- ${cell(reason)}`),
    ...(tests.length === 0 ? [] : ['', '| Test | Result | Hunks |', '| --- | --- | --- |']),
    ...tests
      .slice(0, 50)
      .map(({ id, result, caughtBy }) => `| ${code(id)} | ${result} | ${caughtBy.join(', ')} |`),
    ...(hunks.length === 0
      ? []
      : ['', '| Hunk | Lines | State | Mutants noticed |', '| --- | --- | --- | --- |']),
    ...hunks
      .slice(0, 50)
      .map(
        ({ id, file, lines, state, mutants: { tried, survived } }) =>
          `| ${id} | ${code(`${file}:${lines[0]}-${lines[1]}`)} | ${state} | ${tried === 0 ? '' : `${tried - survived.length} of ${tried}`} |`,
      ),
    '',
  ].join('\n')
}
