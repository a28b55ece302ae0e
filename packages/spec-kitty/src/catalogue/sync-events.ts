import { JSON_OPTION, type CommandDefinition } from '../command/define.ts'

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
    path: ['sync', 'allow'],
    summary: 'agree that events of a project are sent, or take that back',
    description:
      'Shows what will be sent, then agrees to it; every decision is kept in the audit of the journal. ' +
      'Logging in and switching sync on in a project agrees for that project and account. What was ' +
      'captured under another account, or in a project that nobody agreed for, waits for this command.',
    options: [
      { flags: '--project <project>', summary: 'its id or name (else the project around here)' },
      { flags: '--account <account>', summary: 'what was captured under this other account' },
      { flags: '--all', summary: 'every project that waits' },
      { flags: '--revoke', summary: 'send nothing of the project from now on' },
      { flags: '--dry-run', summary: 'say what would be sent, change nothing' },
      JSON_OPTION,
    ],
    examples: [
      { command: 'spec-kitty sync allow', says: 'the project around here' },
      { command: 'spec-kitty sync allow --all --dry-run', says: 'look first' },
      { command: 'spec-kitty sync allow --revoke', says: 'nothing of this project any more' },
    ],
    load: () => import('../run/sync-allow.ts'),
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
    path: ['sync', 'producer', 'renew'],
    summary: 'deliver as a home of its own after it was copied or restored from a backup',
    description:
      'A receiver notices when two homes have one identity, and stores nothing of either mistake. This ' +
      'command gives the journal of this home a new epoch, and the audit keeps it; what is to be delivered ' +
      'is sent again, and what the receiver has already comes back as duplicate.',
    options: [JSON_OPTION],
    examples: [
      { command: 'spec-kitty sync producer renew', says: 'in the copy, or in both homes' },
    ],
    load: () => import('../run/producer-renew.ts'),
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
    args: [
      { name: 'file', summary: '*.gz is read as an archive, - is standard input', required: true },
    ],
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
    path: ['sync', 'backup'],
    summary: 'copy the whole journal into a new file while others write',
    description:
      'The copy is a journal as it was at one moment. To use it, put it in the place of ' +
      'event_journal/journal.db in a home that no program uses.',
    args: [{ name: 'file', summary: 'a file that does not exist yet', required: true }],
    options: [JSON_OPTION],
    examples: [
      { command: 'spec-kitty sync backup journal-copy.db', says: 'before an upgrade, say' },
    ],
    load: () => import('../run/sync-backup.ts'),
  },
  {
    path: ['sync', 'export'],
    summary: 'write every retained event as one JSON line',
    description:
      'Where events were captured under an account, a last line tells whose each of them was; sync import ' +
      'reads it, so another account’s events wait there.',
    args: [{ name: 'file', summary: 'where to write; standard output if left out, or -' }],
    options: [{ flags: '--type <type>', summary: 'only events of this type' }],
    examples: [{ command: 'spec-kitty sync export events.jsonl', says: 'in order of capture' }],
    load: () => import('../run/sync-export.ts'),
  },
]
