import {
  agreedProjectNames,
  onOneLine,
  readJournal,
  type AgreedProject,
  type DocumentGroup,
  type StreamCount,
} from '@canary-gate/sync-engine'
import type { Io } from '../command/io.ts'

/** One stream for a person: project, account, count. */
export function streamLine({ project, slug, account, events }: StreamCount): string {
  const name = slug === null ? project : `${slug} (${project})`
  const under = account === '' ? 'captured without a login' : `captured under ${account}`
  return onOneLine(`${events} event(s) of project ${name}, ${under}`)
}

export function streamJson({ project, slug, account, events, allowed }: StreamCount): object {
  return { project, project_slug: slug, account: account === '' ? null : account, events, allowed }
}

/** Documents of one project and login for a person. */
export function documentsLine({ project, account, documents }: DocumentGroup): string {
  const under = account === '' ? '' : `, queued under ${account}`
  return onOneLine(`${documents} document(s) of project ${project}${under}`)
}

export function documentsJson({ project, account, documents }: DocumentGroup): object {
  return { project, account: account === '' ? null : account, documents }
}

/** The projects whose events follow a typed change of the target. */
export function agreed(home: string): AgreedProject[] {
  const journal = readJournal({ home })
  try {
    return agreedProjectNames(journal)
  } finally {
    journal.close()
  }
}

/** Prints the answer of a command that changed the target, and for a person what follows it there. */
export function sayWithConsents(io: Io, answer: string, projects: readonly AgreedProject[]): void {
  io.out(answer)
  if (projects.length === 0) return
  const names = onOneLine(projects.map(({ slug, project }) => slug ?? project).join(', '))
  // Not on standard output: a script that reads the answer there gets nothing else.
  io.err(`The consents stay: events of ${names} go there from now on.\n`)
}
