import { accessSync, constants, lstatSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { SyncError } from '../base/errors.ts'
import { isReadOnly, MOUNT_FOR_WRITING } from '../base/permission.ts'
import { command, withRemark } from '../base/remedies.ts'
import type { HomePaths } from '../home/home.ts'
import { journalPath } from '../journal/journal.ts'

/** A place of the home that its user cannot change. */
export interface NotWritable {
  readonly error: SyncError
  /** Whether it is one without which no event can be captured or delivered. */
  readonly isJournal: boolean
}

/**
 * The first place of a home that this user may read and not change; undefined where each can be changed. What
 * cannot be read is found by whoever reads it.
 */
export function notWritable({ home, session, queues, daemon }: HomePaths): NotWritable | undefined {
  const journal = journalPath(home)
  const ofJournal = [dirname(journal), ...['', '-wal', '-shm'].map((suffix) => journal + suffix)]
  const others = [
    home,
    dirname(session),
    queues,
    join(home, 'locks'),
    daemon,
    join(home, 'clock.db'),
  ]
  for (const place of [...ofJournal, ...others])
    if (!isChangeable(place))
      return { error: refusal(place, journal), isJournal: ofJournal.includes(place) }
  return undefined
}

/** What is not there is made by whoever needs it, if its folder can be changed. */
function isChangeable(place: string): boolean {
  try {
    const found = lstatSync(place, { throwIfNoEntry: false })
    if (found === undefined) return true
    accessSync(place, found.isDirectory() ? constants.W_OK | constants.X_OK : constants.W_OK)
    return true
  } catch {
    return false
  }
}

function refusal(place: string, journal: string): SyncError {
  const inJournal = place.startsWith(dirname(journal))
  const remedy = isReadOnly(place)
    ? MOUNT_FOR_WRITING
    : // The log and its index got the permissions of the file.
      withRemark(
        inJournal
          ? command('chmod', '-R', 'u+rwX', dirname(journal))
          : command('chmod', 'u+rwX', place),
        'as its owner',
      )
  const what = isReadOnly(place) ? 'it is on a read-only file system' : 'you may not change it'
  return new SyncError({ code: 'home-not-writable', what, where: place, remedy })
}
