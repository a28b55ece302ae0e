import { randomUUID } from 'node:crypto'
import {
  coverProject,
  senderOf,
  ensureProject,
  findProject,
  isDelivering,
  journalEmitter,
  onlyMission,
  openCommandContext,
  openJournal,
  openMission,
  SyncError,
  userName,
  type Decider,
  type Journal,
  type Emitter,
  type CommandContext,
  type Mission,
  type Project,
} from '@canary-gate/sync-engine'
import { text, type Call } from '../command/define.ts'
import { VERSION } from '../command/version.ts'

/** This process resolved once: home, configuration, login, target, identity. */
export function contextOf({ io }: Call): CommandContext {
  return openCommandContext({ env: io.env, version: VERSION, program: io.program, now: io.now() })
}

/** The mission a command is about: named, or the only one there is. */
export function missionOf(call: Call, project: Project): Mission {
  return openMission(project, text(call, 'mission') ?? onlyMission(project))
}

export function projectOf({ io }: Call): Project {
  return findProject(io.cwd)
}

export function startedProject({ io }: Call): Project {
  return ensureProject(io.cwd, randomUUID)
}

/** Runs `work` with an emitter into the journal of this home and closes the journal after it. */
export function withEmitter<T>(
  call: Call,
  context: CommandContext,
  project: Project,
  work: (emitter: Emitter) => T,
): T {
  const journal = openJournal({ home: context.paths.home, now: call.io.now })
  try {
    agreeFor(call, context, project, journal)
    return work(journalEmitter(context, project, journal))
  } finally {
    journal.close()
  }
}

/**
 * Being logged in with sync switched on in a project agrees for this project and account; what a person
 * decided before stays as it is.
 */
export function agreeFor(
  call: Call,
  context: CommandContext,
  project: Project,
  journal: Journal,
): boolean {
  if (!isDelivering(context)) return false
  const { account } = senderOf(context)
  const consent = { project: project.uuid.toLowerCase(), account }
  return coverProject(journal, consent, deciderOf(call, context))
}

/** The project around the current folder, if there is one. */
export function projectHere({ io }: Call): Project | undefined {
  try {
    return findProject(io.cwd)
  } catch (cause) {
    if (cause instanceof SyncError && cause.code === 'no-project') return undefined
    throw cause
  }
}

/** Who decides, for the audit on this machine. */
export function deciderOf(call: Call, { account }: CommandContext): Decider {
  return { who: account === '' ? userName() : account, command: call.command }
}

/** Who acts: named, or told by the environment, or the login; events carry nothing of the machine. */
export function actorOf(call: Call, { account }: CommandContext): string {
  const named = text(call, 'actor') ?? call.io.env['SPEC_KITTY_AGENT'] ?? ''
  if (named !== '') return named
  return account === '' ? UNNAMED_ACTOR : account
}

/** The contract wants an actor. */
const UNNAMED_ACTOR = 'local-operator'
