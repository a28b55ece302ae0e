import { headlineOf, isProvenOnly } from '../evidence/headline.ts'
import type { Evidence } from '../evidence/run-evidence.ts'
import { refusedWaivers, waivedLines } from '../evidence/waived-lines.ts'
import { escapeMarkdown } from '../secrets/public-text.ts'

/**
 * The first screen of a run as Markdown, for the summary of a CI job or the text of a check run. Text of
 * other systems is escaped: it mentions nobody, links nowhere and is not markup.
 *
 * @param worth what the verdict is worth, in plain words
 */
export function renderSummary(evidence: Evidence, worth: string): string {
  const { requirements, stop, candidate, world } = evidence
  const { word, sentence } = headlineOf(evidence)
  const lines = [
    `## ${word}: ${sentence}`,
    '',
    ...(world === 'rehearsal' ? ['**Rehearsal**: nothing real was judged or released.', ''] : []),
    ...waiverText(evidence),
    escapeMarkdown(worth),
    '',
    ...table([
      [
        'Candidate',
        candidate === null ? 'none' : `${candidate.tag} (${candidate.commit.slice(0, 12)})`,
      ],
      ['State', evidence.state],
      ['Run', evidence.runId],
      ...(stop === null ? [] : isProvenOnly(evidence) ? [['Next', stop.next]] : stopRows(stop)),
    ]),
    ...(evidence.publication.comments.length === 0
      ? []
      : ['', ...evidence.publication.comments.map((url) => `- published: ${escapeMarkdown(url)}`)]),
    '',
    '<details><summary>Requirements</summary>',
    '',
    ...table([
      ['Id', 'Verdict'],
      ...requirements.map(({ id, verdict: one, stoppedBy }) => [
        id,
        stoppedBy === undefined ? one : `${one} (${stoppedBy})`,
      ]),
    ]),
    '',
    '</details>',
    '',
  ]
  return `${lines.join('\n')}\n`
}

function waiverText(evidence: Evidence): string[] {
  const lines = [...waivedLines(evidence), ...refusedWaivers(evidence)]
  return lines.flatMap((line) => [`**${escapeMarkdown(line)}**`, ''])
}

function stopRows(stop: NonNullable<Evidence['stop']>): string[][] {
  return [
    ['Stopped at', stop.requirement ?? 'the run itself'],
    ['Code', `${stop.code} (${stop.verdict}, ${stop.cause})`],
    ['What', stop.what],
    ['Where', stop.where],
    ['Next', stop.next],
  ]
}

/** The first row is the head. */
function table(rows: readonly (readonly string[])[]): string[] {
  const [head = [], ...rest] = rows.map((row) => `| ${row.map(cell).join(' | ')} |`)
  return [String(head), `|${' --- |'.repeat(rows[0]?.length ?? 0)}`, ...rest]
}

function cell(text: string): string {
  return escapeMarkdown(text)
}
