import type { Evidence } from './evidence.ts'

/** Colours of a terminal, or nothing where the output is no terminal. */
export interface Ink {
  good(text: string): string
  bad(text: string): string
  quiet(text: string): string
}

export const plainInk: Ink = { good: (text) => text, bad: (text) => text, quiet: (text) => text }

export const colourInk: Ink = {
  good: (text) => `\u001B[32m${text}\u001B[39m`,
  bad: (text) => `\u001B[31m${text}\u001B[39m`,
  quiet: (text) => `\u001B[2m${text}\u001B[22m`,
}

const causes = {
  product: 'product (the candidate or its service broke a requirement)',
  environment: 'environment (the candidate is not judged)',
  'cannot-tell': 'cannot tell (the gate could not find out)',
} as const

/** Weakenings shown before the rest is counted. */
const SHOWN_WEAKENINGS = 3

/**
 * The one screen at the end of a run, at most 25 lines before folding: verdict, state, for a stop the requirement,
 * the cause, the evidence and the exact next command.
 *
 * @param evidenceFile path as the operator should read it
 * @param shorten makes other paths so
 * @param columns width of the terminal: prose is folded to it; commands and paths stay whole
 */
export function renderScreen(
  evidence: Evidence,
  evidenceFile: string,
  ink: Ink,
  shorten: (path: string) => string = (path) => path,
  columns = Number.POSITIVE_INFINITY,
): string {
  const release = evidence.verdict === 'release'
  const passed = evidence.requirements.filter((result) => result.verdict === 'pass').length
  const head = release ? ink.good('RELEASE') : ink.bad('HOLD')
  const lines = [
    '',
    `  ${head}  ${passed} of ${evidence.requirements.length} requirements passed`,
    row('State', evidence.state),
    row('World', evidence.world),
    ...(evidence.candidate ? [row('Candidate', describe(evidence.candidate))] : []),
    ...[...stopLines(evidence), ...weakeningLines(evidence)].map((line) => folded(line, columns)),
    row('Time', timeOf(evidence)),
    ...evidence.publication.comments.map((url) => row('Published', url)),
    ...(evidence.attempt ? [row('Attempt', shorten(evidence.attempt.folder))] : []),
    ...reuseLines(evidence),
    row('Evidence', evidenceFile),
    row('Next', ink.good(nextStep(evidence))),
    ...thenLines(evidence).map((command) => row('Then', ink.good(command))),
    '',
  ]
  return `${lines.join('\n')}\n`
}

/** The exact next step; for a release what remains is the operator's decision. */
function nextStep(evidence: Evidence): string {
  if (evidence.stop !== null) return oneLine(evidence.stop.next)
  return 'decide the release: issue 1038 is open and holds the evidence'
}

/** What to type afterwards: the cheaper way first, where there is one. */
function thenLines({ resume, again }: Evidence): string[] {
  const command = resume ?? again
  return command === undefined ? [] : [command]
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

function stopLines(evidence: Evidence): string[] {
  const { stop } = evidence
  if (stop === null) return []
  return [
    row('Stopped at', `${stop.requirement ?? 'the run itself'} (${stop.verdict}, ${stop.code})`),
    row('Cause', causes[stop.cause]),
    row('What', oneLine(stop.what)),
    row('Where', oneLine(stop.where)),
    ...(stop.findings ?? []).slice(0, 5).map((finding) => row('', `- ${oneLine(finding)}`)),
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
