import { JSON_OPTION, type ArgumentDefinition, type CommandDefinition } from '../command/define.ts'

const LIMIT = { flags: '--limit <count>', summary: 'at most so many', default: '50' } as const
const EVENTS: ArgumentDefinition = { name: 'events', summary: 'ids of events', variadic: true }

/** Commands about events that a target refused for good: each waits for a person's decision. */
export const SYNC_FAILED: readonly CommandDefinition[] = [
  {
    path: ['sync', 'failed', 'list'],
    summary: 'list events that were refused for good',
    description:
      'Each with the target, the reason and the number of attempts. Nothing sends them again by itself; ' +
      'retry or discard decides about them.',
    options: [LIMIT, JSON_OPTION],
    examples: [{ command: 'spec-kitty sync failed list', says: 'what waits for a decision' }],
    load: () => import('../run/sync-failed.ts').then(({ list }) => ({ run: list })),
  },
  {
    path: ['sync', 'failed', 'show'],
    summary: 'show one event that was refused for good',
    description: 'Its text, every refusal, and what was decided about it before.',
    args: [{ name: 'event', summary: 'id of the event', required: true }],
    options: [JSON_OPTION],
    examples: [
      {
        command: 'spec-kitty sync failed show 01JV00000000000000000000AB',
        says: 'why the target does not take it',
      },
    ],
    load: () => import('../run/sync-failed.ts').then(({ show }) => ({ run: show })),
  },
  {
    path: ['sync', 'failed', 'export'],
    summary: 'write the events that were refused for good, one JSON line each',
    description: 'They stay in the journal; the audit keeps that they were copied.',
    args: [
      {
        name: 'file',
        summary: 'a file that does not exist yet, or - for standard output',
        required: true,
      },
    ],
    options: [JSON_OPTION],
    examples: [
      {
        command: 'spec-kitty sync failed export failed.jsonl',
        says: 'for whoever runs the server',
      },
    ],
    load: () => import('../run/sync-failed.ts').then(({ exportFailed }) => ({ run: exportFailed })),
  },
  {
    path: ['sync', 'failed', 'retry'],
    summary: 'send events again that were refused for good',
    description: 'The next sync now sends them; the audit keeps who asked for it.',
    args: [EVENTS],
    options: [{ flags: '--all', summary: 'every one that nobody has decided about' }, JSON_OPTION],
    examples: [
      { command: 'spec-kitty sync failed retry --all', says: 'after the server was mended' },
    ],
    load: () => import('../run/sync-failed.ts').then(({ retry }) => ({ run: retry })),
  },
  {
    path: ['sync', 'failed', 'discard'],
    summary: 'decide that events which were refused for good are not sent again',
    description:
      'No status complains of them any more. The events and what the target said stay in the journal, ' +
      'the audit keeps who decided, and retry takes it back.',
    args: [EVENTS],
    options: [{ flags: '--all', summary: 'every one that nobody has decided about' }, JSON_OPTION],
    examples: [
      {
        command: 'spec-kitty sync failed discard 01JV00000000000000000000AB',
        says: 'nobody needs it there',
      },
    ],
    load: () => import('../run/sync-failed.ts').then(({ discard }) => ({ run: discard })),
  },
]
