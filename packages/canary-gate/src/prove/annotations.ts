import type { ProveReport } from '@canary-gate/fix-prover'

/** Something to show at a place of the change. */
interface Finding {
  readonly rule: string
  readonly level: 'error' | 'warning' | 'note'
  readonly text: string
  readonly file: string | null
  readonly lines: readonly [number, number]
}

const openStates = new Set([
  'executed',
  'not executed',
  'execution unknown',
  'unproven',
  'not tried',
])

/** What is worth a look, with its place; the verdict itself comes first. */
function findingsOf({ verdict, reasons, tests, hunks }: ProveReport): readonly Finding[] {
  const isGood = verdict === 'proven' || verdict === 'nothing to prove'
  const level = isGood
    ? 'note'
    : verdict === 'partly' || verdict === 'cannot tell'
      ? 'warning'
      : 'error'
  const whole = { rule: `prove/${verdict.replaceAll(' ', '-')}`, level, lines: [1, 1] } as const
  const place = hunks[0]
  return [
    {
      ...whole,
      text: `${verdict}: ${reasons[0] ?? ''}`,
      file: place?.file ?? null,
      lines: place === undefined ? [1, 1] : [place.lines[0], place.lines[1]],
    },
    ...hunks
      .filter(({ state }) => verdict === 'partly' && openStates.has(state))
      .map(({ file, lines, state }) => ({
        rule: 'prove/hunk-without-proof',
        level: 'warning' as const,
        text: `no changed test fails without these lines (${state})`,
        file,
        lines: [lines[0], lines[1]] as const,
      })),
    ...tests
      .filter(({ result }) => result === 'passes either way')
      .map(({ id, file, line }) => ({
        rule: 'prove/passes-either-way',
        level: isGood || verdict === 'partly' ? ('note' as const) : ('warning' as const),
        text: `${id} passes without the change, too`,
        file,
        lines: [line ?? 1, line ?? 1] as const,
      })),
  ]
}

/** Workflow commands of GitHub Actions, one a line. */
export function annotationsOf(report: ProveReport): readonly string[] {
  const names = { error: 'error', warning: 'warning', note: 'notice' } as const
  return findingsOf(report).map(({ level, file, lines, text, rule }) => {
    const place =
      file === null ? '' : `file=${property(file)},line=${lines[0]},endLine=${lines[1]},`
    return `::${names[level]} ${place}title=${property(rule)}::${data(text)}`
  })
}

/** As GitHub's own toolkit escapes. */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}
function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

/** SARIF 2.1.0, as code scanning reads it. */
export function sarifOf(report: ProveReport, version: string): object {
  const findings = findingsOf(report)
  const rules = [...new Set(findings.map(({ rule }) => rule))]
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'canary-gate prove',
            version,
            rules: rules.map((id) => ({
              id,
              shortDescription: { text: id.replace('prove/', '') },
            })),
          },
        },
        results: findings.map(({ rule, level, text, file, lines }) => ({
          ruleId: rule,
          level,
          message: { text },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: encodeURI(file ?? 'README.md') },
                region: {
                  startLine: Math.max(1, lines[0]),
                  endLine: Math.max(1, lines[0], lines[1]),
                },
              },
            },
          ],
        })),
      },
    ],
  }
}
