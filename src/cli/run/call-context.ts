import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import {
  ensureProject,
  findProject,
  journalEmitter,
  onlyMission,
  openForeground,
  openJournal,
  openMission,
  type Emitter,
  type Foreground,
  type Mission,
  type Project,
} from '../../sync/index.ts'
import { text, type Call } from '../define.ts'
import { VERSION } from '../version.ts'

/** This process resolved once: home, configuration, login, target, identity. */
export function foregroundOf({ io }: Call): Foreground {
  return openForeground({ env: io.env, version: VERSION, program: io.program, now: io.now() })
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
  foreground: Foreground,
  project: Project,
  work: (emitter: Emitter) => T,
): T {
  const journal = openJournal({ home: foreground.paths.home, now: call.io.now })
  try {
    return work(journalEmitter(foreground, project, journal))
  } finally {
    journal.close()
  }
}

/** Who acts: named, or told by the environment, or the user of this machine. */
export function actorOf(call: Call): string {
  const named = text(call, 'actor') ?? call.io.env['SPEC_KITTY_AGENT'] ?? ''
  return named === '' ? userInfo().username : named
}
