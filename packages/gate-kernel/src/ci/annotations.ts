import { headlineOf, isProvenOnly } from '../evidence/headline.ts'
import type { Evidence } from '../evidence/run-evidence.ts'

/** A message at a file of the gate. */
export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice'
  /** Path below the root of the repository. */
  readonly file: string
  readonly title: string
  readonly message: string
}

/**
 * What a run has to say at the files of the gate: the stop as an error (a warning where nothing was
 * found out), each reason why the run proves less as a warning, and that it was a rehearsal.
 *
 * @param fileOf path of the file of a requirement
 */
export function annotationsOf(
  evidence: Evidence,
  fileOf: (id: string) => string,
): readonly Annotation[] {
  const { stop, weakenings, world } = evidence
  const rehearsed: Annotation[] = world === 'rehearsal' ? [rehearsal(fileOf(''))] : []
  if (stop !== null && isProvenOnly(evidence)) {
    const { word, sentence } = headlineOf(evidence)
    const message = `${sentence}\nNext: ${stop.next}`
    return [{ level: 'notice', file: fileOf(''), title: `${word}: dry run`, message }, ...rehearsed]
  }
  const stopped: Annotation[] =
    stop === null
      ? []
      : [
          {
            level: stop.verdict === 'inconclusive' ? 'warning' : 'error',
            file: fileOf(stop.requirement ?? ''),
            title: `${stop.requirement ?? 'The run'}: ${stop.code}`,
            message: `${stop.what}\nWhere: ${stop.where}\nNext: ${stop.next}`,
          },
        ]
  const reasons = weakenings.map(({ code, what }): Annotation => ({
    ...{ level: 'warning', file: fileOf(''), title: `This run proves less: ${code}` },
    message: what,
  }))
  return [...stopped, ...reasons, ...rehearsed]
}

function rehearsal(file: string): Annotation {
  const message = 'Nothing real was judged or released; name a configuration to gate a candidate.'
  return { level: 'notice', file, title: 'This was a rehearsal', message }
}

/**
 * The same as workflow commands of GitHub Actions, one a line. Text of other systems cannot end the
 * command or begin another one.
 */
export function workflowCommands(annotations: readonly Annotation[]): string[] {
  return annotations.map(({ level, file, title, message }) => {
    const properties = `file=${property(file)},title=${property(title)}`
    return `::${level} ${properties}::${data(message)}`
  })
}

/** https://github.com/actions/toolkit, core/src/command.ts: what a value must not hold as it is. */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
