import { basename, isAbsolute, join, relative } from 'node:path'
import {
  publicCode as code,
  publicJson,
  publicText,
  redact,
  withMarker,
} from '@canary-gate/gate-kernel'
import type { CanaryRun } from '../run/canary-run.ts'
import type { Bundle } from './bundle.ts'
import { confidenceLine } from './confidence.ts'

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
    `## Identity-boundary canary: ${passes(bundle)} for ${publicText(bundle.candidate.tag)}`,
    table(['Environment', 'Value'], environment(bundle)),
    health(bundle),
    `### ${counted(bundle.fourRun.runs.length)} runs, four scenarios each\n\n${runTable(bundle.fourRun.runs)}`,
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
    `## Release evidence for ${publicText(bundle.candidate.tag)}`,
    table(
      ['Environment', 'Value'],
      [
        ...environment(bundle),
        ['Events tag', publicText(installation.eventsTag)],
        ['Events commit', code(installation.eventsCommit)],
      ],
    ),
    health(bundle),
    `### Identity-boundary canary: ${passes(bundle)}\n\n` +
      `Evidence comment: ${issueLink(bundle)} (now closed).\n\n${runTable(bundle.fourRun.runs)}`,
    `### Teamspace canary: ${passed}/${runs.length}\n\n${list(runs.map((one) => teamspaceLine(bundle, one)))}`,
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
    ['CLI version', publicText(installation.version)],
    ['CLI tag', publicText(candidate.tag)],
    ['CLI commit', code(candidate.commit)],
    ['CLI wheel SHA-256', code(candidate.wheelSha256)],
    ['Service image', code(snapshot.image)],
    ['Service git SHA', code(snapshot.gitSha)],
    ['Events package', publicText(installation.eventsVersion)],
  ]
}

function health({ snapshot, historicalRows, fourRun }: Bundle): string {
  const count = fourRun.runs.length
  const { drain } = snapshot
  const proof =
    historicalRows.contentSha256 === null
      ? 'checked by count only'
      : `content unchanged, SHA-256 ${code(historicalRows.contentSha256)}`
  return [
    `### Health immediately before the ${counted(count).toLowerCase()} runs, ${snapshot.takenAt}`,
    `\`GET /health/\` answered 200:\n\n${publicJson(snapshot.health)}`,
    `\`GET /health/ready/\` answered 200:\n\n${publicJson(snapshot.ready)}`,
    list([
      `Infra terminal-failed: ${drain.infraTerminalFailed}`,
      `Historical business-rule rows: ${drain.businessRuleRejected} (${proof})`,
      `Retryable: ${drain.retryable}`,
    ]),
  ].join('\n\n')
}

function runTable(runs: readonly CanaryRun[]): string {
  const names = runs[0]?.scenarios.map(({ id, name }) => `${id} ${publicText(name)}`) ?? []
  const rows = runs.map((run) => [
    String(run.run_number),
    code(run.run_id),
    ...run.scenarios.map(({ status }) => status),
    run.outcome,
  ])
  return table(['Run', 'Run id', ...names, 'Outcome'], rows)
}

/** Where issue 41 is: a link only where it looks like the one of an issue. */
export function issueLink({ e2eIssueUrl }: Bundle): string {
  return /^https?:\/\/[\w.:-]+(?:\/[\w.-]+)+$/.test(e2eIssueUrl)
    ? e2eIssueUrl
    : publicText(e2eIssueUrl)
}

/** Paths as a reader of the end-to-end repository finds them. */
export function evidencePaths(bundle: Bundle): string[] {
  const { attempt, fourRun, seal } = bundle
  const shown = (path: string): string =>
    code(publicPath(bundle, isAbsolute(path) ? path : join(attempt.folder, path)))
  return [
    ...fourRun.files.map(shown),
    `Manifest: ${shown(seal.manifest)}, SHA-256 ${code(seal.manifestSha256)}`,
  ]
}

/**
 * A path without the operator's machine: relative to the end-to-end checkout or to the workspace,
 * and of any other place only the file's name.
 */
export function publicPath({ checkout, workspace }: Bundle, path: string): string {
  const inside = [checkout, workspace]
    .map((folder) => relative(folder, path))
    .find((found) => found !== '' && !isAbsolute(found) && !/^\.\.(?:[/\\]|$)/.test(found))
  return inside ?? `…/${basename(path)}`
}

function teamspaceLine(
  bundle: Bundle,
  run: NonNullable<Bundle['teamspace']>['runs'][number],
): string {
  const verdict = run.passed ? 'passed' : 'failed'
  const shown = (path: string): string => code(publicPath(bundle, path))
  const junit = run.junit === null ? '' : `, JUnit ${shown(run.junit)}`
  const counts = `${run.tests} tests executed, ${run.skipped ?? 0} skipped`
  return `Run ${run.number}: ${verdict}, ${counts}, log ${shown(run.log)}${junit}`
}

function statements({ single, fourRun }: Bundle): string {
  const found = [...single.interventions, ...fourRun.interventions]
  const measured = found.length === 0 ? 'none' : publicText(found.join('; '))
  const count = single.runs.length + fourRun.runs.length
  return [
    '### Statement',
    noMutationStatement,
    `Interventions measured between the runs: ${measured}.`,
    noOpStatement,
    confidenceLine(count),
  ].join('\n\n')
}

/** The least number is written as a word. */
function counted(runs: number): string {
  return runs === 4 ? 'Four' : String(runs)
}

/** `4/4`: how many of the runs in a row passed. */
function passes({ fourRun }: Bundle): string {
  const passed = fourRun.runs.filter(({ outcome }) => outcome === 'pass').length
  return `${passed}/${fourRun.runs.length}`
}

const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join('\n')

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
