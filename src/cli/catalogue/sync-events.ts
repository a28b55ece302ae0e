import { JSON_OPTION, type CommandDefinition } from '../define.ts'

/** Commands about captured events: where they go, what is kept, what leaves. */
export const SYNC_EVENTS: readonly CommandDefinition[] = [
  {
    path: ['sync', 'mode'],
    summary: 'print or set whether events are kept and where they go',
    args: [
      {
        name: 'mode',
        summary: 'TEAMSPACE, EXTERNAL_RECEIVER, LOCAL_RETENTION or OPT_OUT (TRASH)',
        choices: ['TEAMSPACE', 'EXTERNAL_RECEIVER', 'LOCAL_RETENTION', 'OPT_OUT'],
      },
    ],
    options: [{ flags: '--endpoint <url>', summary: 'address for EXTERNAL_RECEIVER' }, JSON_OPTION],
    examples: [
      { command: 'spec-kitty sync mode', says: 'the mode in force' },
      {
        command: 'spec-kitty sync mode EXTERNAL_RECEIVER --endpoint http://127.0.0.1:8080/events',
        says: 'deliver to a server of your own',
      },
    ],
    load: () => import('../run/sync-mode.ts'),
  },
  {
    path: ['sync', 'targets'],
    summary: 'list every target that events were ever delivered to',
    description: 'gc and archive wait for all of them; forget those that are gone for good.',
    options: [
      { flags: '--forget <target>', summary: 'leave this target out from now on' },
      {
        flags: '--redrain <target>',
        summary: 'send everything to it anew (its server was set back)',
      },
      JSON_OPTION,
    ],
    examples: [
      { command: 'spec-kitty sync targets', says: 'with delivered and undelivered counts' },
    ],
    load: () => import('../run/sync-targets.ts'),
  },
  {
    path: ['sync', 'retry'],
    summary: 'send events again that were refused for good',
    args: [{ name: 'event', summary: 'id of one event' }],
    options: [{ flags: '--all', summary: 'every terminal failure' }, JSON_OPTION],
    examples: [{ command: 'spec-kitty sync retry --all', says: 'the next sync now sends them' }],
    load: () => import('../run/sync-retry.ts'),
  },
  {
    path: ['sync', 'gc'],
    summary: 'remove payloads that every known target has',
    description:
      'Never happens by itself. What any known target still has to get stays, and so does the ledger: ' +
      'who got which event and when.',
    options: [{ flags: '--dry-run', summary: 'say what would go' }, JSON_OPTION],
    examples: [{ command: 'spec-kitty sync gc --dry-run', says: 'look first' }],
    load: () => import('../run/sync-gc.ts'),
  },
  {
    path: ['sync', 'archive'],
    summary: 'move payloads that every known target has into a file',
    description:
      'Writes compressed JSON lines with a checksum and reads them back before any payload leaves the ' +
      'journal. sync import takes such a file.',
    options: [
      { flags: '--dry-run', summary: 'say what would be archived' },
      { flags: '--file <file>', summary: 'where to write (else below archives/ in the home)' },
      JSON_OPTION,
    ],
    examples: [
      {
        command: 'spec-kitty sync archive --file events.jsonl.gz',
        says: 'into a file of your choice',
      },
    ],
    load: () => import('../run/sync-archive.ts'),
  },
  {
    path: ['sync', 'import'],
    summary: 'import an archive, or a file with one JSON event per line',
    args: [{ name: 'file', summary: '*.gz is read as an archive', required: true }],
    options: [JSON_OPTION],
    exits: { 1: 'an event was in conflict or not valid; it is kept aside' },
    examples: [
      {
        command: 'spec-kitty sync import events.jsonl.gz',
        says: 'known events are not taken twice',
      },
    ],
    load: () => import('../run/sync-import.ts'),
  },
  {
    path: ['sync', 'export'],
    summary: 'write every retained event as one JSON line',
    args: [{ name: 'file', summary: 'where to write; standard output if left out' }],
    options: [{ flags: '--type <type>', summary: 'only events of this type' }],
    examples: [{ command: 'spec-kitty sync export events.jsonl', says: 'in order of capture' }],
    load: () => import('../run/sync-export.ts'),
  },
]
