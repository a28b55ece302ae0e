import { advice, specKitty, type Remedy } from './remedies.ts'

interface CodeEntry {
  /** What the code means, wherever it is met. */
  readonly meaning: string
  /** What helps where the place that found the problem knows nothing better. */
  readonly remedy: Remedy
}

const READ_STATUS = specKitty('sync', 'status', '--check')
const LOGIN = specKitty('auth', 'login', '--headless')

/** Everything the engine refuses or cannot do. Stable: scripts read the codes as `error_code`. */
export const ERROR_CODES = {
  'home-unsafe': entry(
    'other users could change the home folder',
    'set SPEC_KITTY_HOME to a folder of your own',
  ),
  'home-not-writable': entry(
    'the operating system does not let this user change the home folder',
    'make it yours (chown, chmod), or set SPEC_KITTY_HOME to a folder of your own',
  ),
  'path-unusable': entry(
    'something else than the command needs is at a path, or nothing',
    'look at that path; move away what is there, or name another one',
  ),
  'config-invalid': entry('config.toml does not say what it has to', 'correct config.toml'),
  'url-invalid': entry(
    'an address is not an absolute http or https URL',
    'give an absolute address, for example https://sync.example.org',
  ),
  'split-brain': entry(
    'configuration and environment name different servers',
    specKitty('sync', 'server', '<url>'),
  ),
  'no-server': entry('no server is configured', specKitty('sync', 'server', '<url>')),
  'endpoint-missing': entry(
    'the mode EXTERNAL_RECEIVER has no address to send to',
    specKitty('sync', 'mode', 'EXTERNAL_RECEIVER', '--endpoint', '<url>'),
  ),
  'not-logged-in': entry('no login at the resolved server, or it has ended', LOGIN),
  SAAS_SYNC_UNAUTHENTICATED: entry('sync is on and no login is there', LOGIN),
  'login-denied': entry('the login was denied on the other device', LOGIN),
  'login-expired': entry('the code was not approved in time', LOGIN),
  'login-failed': entry(
    'the server refused the login',
    'check the server with `spec-kitty sync server`, then log in again',
  ),
  network: entry(
    'the server did not answer',
    'check the address with `spec-kitty sync server` and the network, then try again',
  ),
  'owner-mismatch': entry(
    'the daemon is another version, program, server, scope or queue than this command',
    specKitty('sync', 'daemon', 'restart'),
  ),
  'owner-unreadable': entry(
    'the record of the daemon cannot be read',
    specKitty('doctor', 'orphan-daemons', '--retire'),
  ),
  'daemon-running': entry('a daemon is already running', specKitty('sync', 'daemon', 'status')),
  'daemon-not-started': entry('the daemon did not start', 'read its log, then start it again'),
  'daemon-not-ours': entry(
    'another program answers at the port of the daemon',
    specKitty('doctor', 'orphan-daemons'),
  ),
  'no-project': entry(
    'the folder is not in a spec-kitty project',
    'change to the project, or start one there: spec-kitty agent mission create <slug>',
  ),
  'no-mission': entry('the project has no such mission', 'name a mission of this project'),
  'mission-exists': entry('a mission of that name exists', 'choose another name'),
  'mission-invalid': entry('a file of the mission, or an event of it, is not valid', READ_STATUS),
  'no-work-package': entry(
    'the mission has no such work package',
    'name a work package of the mission',
  ),
  'lane-unknown': entry('a lane of that name does not exist', 'name one of the nine lanes'),
  'move-refused': entry('the rules of the lanes do not allow the move', 'see the message'),
  'feedback-missing': entry(
    'the review feedback is missing or empty',
    'write the findings of the review into that file',
  ),
  'source-unreadable': entry('an old queue cannot be read', READ_STATUS),
  'archive-invalid': entry('an archive cannot be used', 'name another file; nothing was changed'),
  'import-invalid': entry(
    'a file cannot be imported',
    'give a file with one JSON event per line, or an archive made by sync archive',
  ),
  'export-invalid': entry(
    'the file of an export cannot be made',
    'name another file; one that exists is never overwritten',
  ),
  'unknown-conflict': entry(
    'no undecided conflict matches',
    'list them: spec-kitty sync status --json (migration_conflicts)',
  ),
  'sqlite-too-old': entry(
    'the SQLite of better-sqlite3 can corrupt a journal that two processes use',
    'install a newer better-sqlite3',
  ),
  'journal-unreadable': entry('the journal cannot be used', READ_STATUS),
  'journal-newer': entry(
    'a newer spec-kitty wrote the journal',
    'use the newer spec-kitty that wrote it; nothing was changed',
  ),
  'journal-busy': entry('another process holds the journal', 'repeat the command'),
  'disk-full': entry('the disk is full', 'free some space and repeat the command'),
  'event-unknown': entry('the journal has no such event', specKitty('sync', 'journal', 'list')),
  'event-not-failed': entry(
    'no target has refused that event for good',
    specKitty('sync', 'failed', 'list'),
  ),
  'target-unknown': entry('the journal has no such target', specKitty('sync', 'targets')),
  'port-taken': entry('a port is in use', 'choose another port with --port'),
} as const satisfies Record<string, CodeEntry>

export type SyncCode = keyof typeof ERROR_CODES

function entry(meaning: string, remedy: Remedy | string): CodeEntry {
  return { meaning, remedy: typeof remedy === 'string' ? advice(remedy) : remedy }
}
