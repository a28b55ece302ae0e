import { JSON_OPTION, type CommandDefinition } from '../command/define.ts'

const DAEMON_SUMMARIES = {
  start: 'start the daemon of this home, unless it runs',
  stop: 'end the daemon of this home',
  restart: 'end the daemon of this home and start it as who you are now',
  status: 'say whether the daemon runs and proves itself',
} as const

const DAEMON_DESCRIPTION =
  'One process per home delivers in the background. It proves itself without showing its token, retires ' +
  'when it is idle for 15 minutes, replaced, or when login or server change. A process is signalled ' +
  'only if it provably is this daemon.'

/** Named one by one, so that a bundler sees them. */
const DAEMON_CODE = {
  start: () => import('../run/daemon-start.ts'),
  stop: () => import('../run/daemon-stop.ts'),
  restart: () => import('../run/daemon-restart.ts'),
  status: () => import('../run/daemon-status.ts'),
} as const

export const SYNC: readonly CommandDefinition[] = [
  {
    path: ['sync', 'now'],
    summary: 'deliver what is waiting',
    description:
      'Delivers every captured event that the target does not have yet, then the documents queued for ' +
      'upload. The last line counts Synced / Duplicates / Pending / Errors.',
    options: [
      { flags: '--dry-run', summary: 'list what would be sent: project, account, target, count' },
      { flags: '--report <file>', summary: 'write a JSON report' },
      { flags: '--strict', summary: 'exit 1 when something failed (the default)' },
      { flags: '--no-strict', summary: 'exit 0 although something failed' },
      JSON_OPTION,
    ],
    exits: { 1: 'something failed or was held back (with --strict)' },
    examples: [
      { command: 'spec-kitty sync now --report report.json', says: 'deliver and keep the figures' },
    ],
    load: () => import('../run/sync-now.ts'),
  },
  {
    path: ['sync', 'status'],
    summary: 'say what is captured, delivered, waiting and broken',
    description:
      'Reads only: no network but the health of the daemon on this machine, no migration, no repair. ' +
      'Every remedy it prints works in the state that it was printed for.',
    options: [
      { flags: '--check', summary: 'exit 2 when the sync boundary is not coherent' },
      JSON_OPTION,
    ],
    exits: { 2: 'incoherent (with --check); the message names every finding and its remedy' },
    examples: [
      { command: 'spec-kitty sync status', says: 'a table for a person' },
      { command: 'spec-kitty sync status --check --json', says: 'for a script' },
    ],
    load: () => import('../run/sync-status.ts'),
  },
  {
    path: ['sync', 'server'],
    summary: 'print or set the server',
    args: [
      { name: 'url', summary: 'address of the server; without it the current one is printed' },
    ],
    options: [JSON_OPTION],
    examples: [
      { command: 'spec-kitty sync server', says: 'where events go' },
      {
        command: 'spec-kitty sync server https://sync.example.org',
        says: 'captured events follow by themselves',
      },
    ],
    load: () => import('../run/sync-server.ts'),
  },
  {
    path: ['sync', 'migrate'],
    summary: 'move work from old queue databases to its proper place',
    description:
      'Finds queue.db and every queues/queue-<digest>.db of any generation. Events go to the journal, ' +
      'documents to the active scope. A row leaves its source only after its copy is committed and ' +
      'verified; the command may be repeated and interrupted at any time. An event that exists with two ' +
      'different contents is kept twice until you decide. One log line per row: logs/migration.log.',
    options: [
      { flags: '--dry-run', summary: 'say what would happen, change nothing' },
      {
        flags: '--resolve <decision>',
        summary: 'decide conflicts first; needs --event or --all',
        choices: ['keep-existing', 'take-incoming'],
      },
      { flags: '--event <id>', summary: 'decide this event' },
      { flags: '--all', summary: 'decide every conflict' },
      {
        flags: '--source <digest>',
        summary: 'only the version from this source (legacy or a digest)',
      },
      JSON_OPTION,
    ],
    exits: { 1: 'a conflict or an unreadable source remains' },
    examples: [
      { command: 'spec-kitty sync migrate --dry-run', says: 'look first' },
      { command: 'spec-kitty sync migrate', says: 'move everything' },
      {
        command: 'spec-kitty sync migrate --resolve keep-existing --all',
        says: 'keep the journal’s version of every divergent event',
      },
    ],
    load: () => import('../run/sync-migrate.ts'),
  },
  ...(['start', 'stop', 'restart', 'status'] as const).map((verb): CommandDefinition => ({
    path: ['sync', 'daemon', verb],
    summary: DAEMON_SUMMARIES[verb],
    description: DAEMON_DESCRIPTION,
    options: [JSON_OPTION],
    ...(verb === 'status' ? { exits: { 1: 'no daemon runs' } } : {}),
    examples: [{ command: `spec-kitty sync daemon ${verb}`, says: DAEMON_SUMMARIES[verb] }],
    load: DAEMON_CODE[verb],
  })),
  {
    path: ['sync', 'daemon', 'run'],
    summary: 'be the daemon, in the foreground',
    hidden: true,
    options: [
      { flags: '--home <folder>', summary: 'whose daemon; shown in the list of processes' },
    ],
    exits: { 3: 'another daemon of this home runs' },
    examples: [{ command: 'spec-kitty sync daemon run', says: 'for debugging' }],
    load: () => import('../run/daemon-run.ts'),
  },
  {
    path: ['sync', 'journal', 'list'],
    summary: 'list captured events',
    options: [
      { flags: '--type <type>', summary: 'only events of this type' },
      { flags: '--newest', summary: 'newest first' },
      { flags: '--limit <count>', summary: 'at most so many', default: '50' },
      JSON_OPTION,
    ],
    examples: [
      {
        command: 'spec-kitty sync journal list --type WPStatusChanged --newest --json',
        says: 'the last status changes',
      },
    ],
    load: () => import('../run/journal-list.ts'),
  },
]
