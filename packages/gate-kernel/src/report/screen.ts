import { commandLine, PROGRAM, remedyText } from '../stop/remedy.ts'
import { headlineOf, isProvenOnly, whatApart } from '../evidence/headline.ts'
import { refusedWaivers, waivedLines } from '../evidence/waived-lines.ts'
import type { Evidence } from '../evidence/run-evidence.ts'

/** Colours of a terminal, or nothing where the output is no terminal. */
export interface Colors {
  good(text: string): string
  bad(text: string): string
  quiet(text: string): string
}

export const plainColors: Colors = {
  good: (text) => text,
  bad: (text) => text,
  quiet: (text) => text,
}

export const terminalColors: Colors = {
  good: (text) => `\u001B[32m${text}\u001B[39m`,
  bad: (text) => `\u001B[31m${text}\u001B[39m`,
  quiet: (text) => `\u001B[2m${text}\u001B[22m`,
}

const causes = {
  product: 'product (the candidate or its service broke a requirement)',
  environment: 'environment (the candidate is not judged)',
  'cannot-tell': 'cannot tell (the gate could not find out)',
} as const

/** Findings of a stop shown before the rest is counted. */
const SHOWN_FINDINGS = 5

/** Weakenings shown before the rest is counted. */
const SHOWN_WEAKENINGS = 3

/**
 * The one screen at the end of a run, at most 25 lines before folding: verdict, state, for a stop the requirement,
 * the cause, the evidence and the exact next command.
 *
 * @param afterRelease what is left to do after a release, from the definition of the gate
 * @param evidenceFile path as the operator should read it
 * @param shorten makes other paths so
 * @param form how the program is started where this is read
 * @param columns width of the terminal: prose is folded to it; commands and paths stay whole
 */
export function renderScreen(
  evidence: Evidence,
  afterRelease: string,
  evidenceFile: string,
  colors: Colors,
  shorten: (path: string) => string = (path) => path,
  columns = Number.POSITIVE_INFINITY,
  form: string = PROGRAM,
): string {
  const { word, sentence } = headlineOf(evidence)
  const head = word === 'HOLD' || word === 'WAIVED' ? colors.bad(word) : colors.good(word)
  const lines = [
    '',
    `  ${head}  ${sentence}`,
    ...waivedLines(evidence).map((line) => folded(row('Waived', line), columns)),
    ...refusedWaivers(evidence).map((line) => folded(row('Waiver', line), columns)),
    row('State', evidence.state),
    row('World', evidence.world),
    ...(evidence.candidate ? [row('Candidate', describe(evidence.candidate))] : []),
    ...whyHeld(evidence).map((line) => folded(line, columns)),
    row('Time', timeOf(evidence)),
    ...evidence.publication.comments.map((url) => row('Published', url)),
    ...(evidence.attempt ? [row('Attempt', shorten(evidence.attempt.folder))] : []),
    ...reuseLines(evidence),
    ...gateLines(evidence),
    row('Evidence', evidenceFile),
    row('Next', colors.good(nextStep(evidence, afterRelease, form))),
    ...(evidence.then ? [row('Then', colors.good(commandLine(evidence.then, form)))] : []),
    '',
  ]
  return `${lines.join('\n')}\n`
}

/** Only where the gate is not the one that was committed: then its verdict is that of a changed gate. */
function gateLines({ gateSource }: Evidence): string[] {
  if (gateSource === undefined || gateSource.changedCount === 0) return []
  const { commit, changed, changedCount: count } = gateSource
  const named = changed.slice(0, SHOWN_WEAKENINGS).join(', ')
  const rest = count > SHOWN_WEAKENINGS ? `, and ${count - SHOWN_WEAKENINGS} more` : ''
  return [row('Gate', `not as in commit ${commit.slice(0, 12)}: ${named}${rest}`)]
}

/** The exact next step; for a release what remains is the operator's decision. */
function nextStep({ stop }: Evidence, afterRelease: string, form: string): string {
  if (stop === null) return afterRelease
  return oneLine(stop.remedy === undefined ? stop.next : remedyText(stop.remedy, form))
}

/** The gate's own time is all of it but what it waited for programs it started. */
function timeOf(evidence: Evidence): string {
  const { startedAt, finishedAt, requirements } = evidence
  const firstAt = requirements.find((one) => one.startedAt !== undefined)?.startedAt ?? startedAt
  const allMs = Date.parse(finishedAt) - Date.parse(firstAt)
  const programsMs = requirements.reduce((sum, one) => sum + (one.programsMs ?? 0), 0)
  return `${seconds(allMs)}, of which ${seconds(allMs - programsMs)} the gate's own`
}

function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 1000)} s`
}

/** A dry run that nothing stopped was not held for anything: its headline says all. */
function whyHeld(evidence: Evidence): string[] {
  return isProvenOnly(evidence) ? [] : [...stopLines(evidence), ...weakeningLines(evidence)]
}

function stopLines(evidence: Evidence): string[] {
  const { stop } = evidence
  if (stop === null) return []
  return [
    row('Stopped at', `${stop.requirement ?? 'the run itself'} (${stop.verdict}, ${stop.code})`),
    row('Cause', causes[stop.cause]),
    row('What', oneLine(whatApart(stop))),
    row('Where', oneLine(stop.where)),
    ...findingLines(stop.findings ?? []),
  ]
}

function findingLines(findings: readonly string[]): string[] {
  const rest = findings.length - SHOWN_FINDINGS
  return [
    ...findings.slice(0, SHOWN_FINDINGS).map((finding) => row('', `- ${oneLine(finding)}`)),
    ...(rest > 0 ? [row('', `and ${rest} more, see the evidence`)] : []),
  ]
}

/** Which proofs are those of an earlier run. */
function reuseLines({ requirements }: Evidence): string[] {
  const reused = requirements.filter(({ reusedFrom }) => reusedFrom !== undefined)
  if (reused.length === 0) return []
  return [
    row('Re-used', `${reused.map(({ id }) => id).join(', ')} from ${reused[0]?.reusedFrom ?? ''}`),
  ]
}

function weakeningLines(evidence: Evidence): string[] {
  const { weakenings } = evidence
  const rest = weakenings.length - SHOWN_WEAKENINGS
  return [
    ...weakenings.slice(0, SHOWN_WEAKENINGS).map((one) => row('Weakened', oneLine(one.what))),
    ...(rest > 0 ? [row('', `and ${rest} more, see the evidence`)] : []),
  ]
}

function describe(candidate: NonNullable<Evidence['candidate']>): string {
  return `${candidate.tag} (${candidate.version}, ${candidate.commit.slice(0, 12)})`
}

function row(name: string, value: string): string {
  return `  ${name.padEnd(11)} ${value}`
}

/** Breaks between words, below the value; a word that is too long stays whole. */
function folded(line: string, columns: number): string {
  if (line.length <= columns || columns < NARROWEST) return line
  const lines = [line.slice(0, MARGIN.length)]
  for (const word of line.slice(MARGIN.length).split(' ')) {
    const longer = `${lines.at(-1) ?? ''}${word} `
    if (longer.trimEnd().length <= columns || lines.at(-1)?.length === MARGIN.length)
      lines.splice(-1, 1, longer)
    else lines.push(`${MARGIN}${word} `)
  }
  return lines.map((one) => one.trimEnd()).join('\n')
}

/** A terminal that calls itself narrower does not know its width. */
const NARROWEST = 40

/** Where values begin. */
const MARGIN = ' '.repeat(14)

function oneLine(text: string): string {
  const flat = text.replace(/\s+/g, ' ').trim()
  return flat.length > 300 ? `${flat.slice(0, 297)}...` : flat
}
