import { isAbsolute, join, relative } from 'node:path'
import { redact } from '../redact.ts'
import type { CanaryRun } from '../run/facts.ts'
import type { Bundle } from './bundle.ts'
import { confidenceLine } from './confidence.ts'
import { withMarker } from './marker.ts'

/** The sentence both comments carry (FR-009, FR-011, FR-014). */
export const noMutationStatement =
  'No manual mutation occurred: no SaaS queue mutation, no service database edit, no daemon record ' +
  'surgery, no local queue deletion, no event replay and no ingress-cap override.'

/**
 * What became of the step "merge pull request 42" (C-006). Without a number sign: GitHub would link it
 * to a pull request of whichever repository the comment stands in.
 */
export const noOpStatement =
  'Pull requests 42 and 44 of the end-to-end repository were merged before; merging them was a no-op.'

/** The evidence comment for end-to-end issue 41 (FR-011), with its marker. Pure. */
export function renderE2eComment(bundle: Bundle): string {
  const sections = [
    `## Identity-boundary canary: ${passes(bundle)} for ${bundle.candidate.tag}`,
    table(['Environment', 'Value'], environment(bundle)),
    health(bundle),
    `### Four runs, four scenarios each\n\n${runTable(bundle.fourRun.runs)}`,
    `### Evidence\n\n${list(evidencePaths(bundle))}`,
    statements(bundle),
  ]
  return finished(sections, bundle, 41)
}

/** The evidence comment for the release tracker, issue 1038 (FR-014), with its marker. Pure. */
export function renderTrackerComment(bundle: Bundle): string {
  const { installation, teamspace } = bundle
  const runs = teamspace?.runs ?? []
  const passed = runs.filter((run) => run.passed).length
  const sections = [
    `## Release evidence for ${bundle.candidate.tag}`,
    table(
      ['Environment', 'Value'],
      [
        ...environment(bundle),
        ['Events tag', installation.eventsTag],
        ['Events commit', code(installation.eventsCommit)],
      ],
    ),
    health(bundle),
    `### Identity-boundary canary: ${passes(bundle)}\n\n` +
      `Evidence comment: ${bundle.e2eIssueUrl} (now closed).\n\n${runTable(bundle.fourRun.runs)}`,
    `### Teamspace canary: ${passed}/${runs.length}\n\n${list(runs.flatMap(teamspaceLines))}`,
    `### Evidence\n\n${list(evidencePaths(bundle))}`,
    statements(bundle),
    'This issue stays open: the release decision belongs to the operator.',
  ]
  return finished(sections, bundle, 1038)
}

function finished(sections: readonly string[], bundle: Bundle, issue: number): string {
  const text = redact(sections.join('\n\n'))
  return withMarker(text, { run: bundle.run, candidate: bundle.candidate.wheelSha256, issue })
}

function environment({ candidate, installation, snapshot }: Bundle): string[][] {
  return [
    ['CLI version', installation.version],
    ['CLI tag', candidate.tag],
    ['CLI commit', code(candidate.commit)],
    ['CLI wheel SHA-256', code(candidate.wheelSha256)],
    ['Service image', code(snapshot.image)],
    ['Service git SHA', code(snapshot.gitSha)],
    ['Events package', installation.eventsVersion],
  ]
}

function health({ snapshot, historicalRows }: Bundle): string {
  const { drain } = snapshot
  const proof =
    historicalRows.contentSha256 === null
      ? 'checked by count only'
      : `content unchanged, SHA-256 ${code(historicalRows.contentSha256)}`
  return [
    `### Health immediately before the four runs, ${snapshot.takenAt}`,
    `\`GET /health/\` answered 200:\n\n${json(snapshot.health)}`,
    `\`GET /health/ready/\` answered 200:\n\n${json(snapshot.ready)}`,
    list([
      `Infra terminal-failed: ${drain.infraTerminalFailed}`,
      `Historical business-rule rows: ${drain.businessRuleRejected} (${proof})`,
      `Retryable: ${drain.retryable}`,
    ]),
  ].join('\n\n')
}

function runTable(runs: readonly CanaryRun[]): string {
  const names = runs[0]?.scenarios.map(({ id, name }) => `${id} ${name}`) ?? []
  const rows = runs.map((run) => [
    String(run.run_number),
    code(run.run_id),
    ...run.scenarios.map(({ status }) => status),
    run.outcome,
  ])
  return table(['Run', 'Run id', ...names, 'Outcome'], rows)
}

/** Paths as a reader of the end-to-end repository finds them. */
export function evidencePaths({ attempt, checkout, fourRun, seal }: Bundle): string[] {
  const shown = (path: string): string =>
    relative(checkout, isAbsolute(path) ? path : join(attempt.folder, path))
  return [
    ...fourRun.files.map((file) => code(shown(file))),
    `Manifest: ${code(shown(seal.manifest))}, SHA-256 ${code(seal.manifestSha256)}`,
  ]
}

function teamspaceLines(run: NonNullable<Bundle['teamspace']>['runs'][number]): string[] {
  const verdict = run.passed ? 'passed' : 'failed'
  const junit = run.junit === null ? '' : `, JUnit ${code(run.junit)}`
  return [`Run ${run.number}: ${verdict}, ${run.tests} tests, log ${code(run.log)}${junit}`]
}

function statements({ single, fourRun }: Bundle): string {
  const found = [...single.interventions, ...fourRun.interventions]
  const measured = found.length === 0 ? 'none' : found.join('; ')
  const count = single.runs.length + fourRun.runs.length
  return [
    '### Statement',
    noMutationStatement,
    `Interventions measured between the runs: ${measured}.`,
    noOpStatement,
    confidenceLine(count),
  ].join('\n\n')
}

/** `4/4`: how many of the four runs passed. */
function passes({ fourRun }: Bundle): string {
  const passed = fourRun.runs.filter(({ outcome }) => outcome === 'pass').length
  return `${passed}/${fourRun.runs.length}`
}

const code = (text: string): string => `\`${text.replaceAll('`', "'")}\``
const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join('\n')
const json = (value: unknown): string => `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => {
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
  }
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
