import { JSON_OPTION, type CommandDefinition } from '../command/define.ts'

export const DOCTOR: readonly CommandDefinition[] = [
  {
    path: ['doctor', 'orphan-daemons'],
    summary: 'list daemons without a record and records without a daemon',
    description:
      'An owner record is orphaned when its process is dead (a later process with the same number does ' +
      'not count) or its program is gone. Retiring removes such a record; a daemon that no record names ' +
      'ends by itself within seconds. One of the Python generation, which drains the old queue on its own, ' +
      'is asked to end over its port. No process is signalled.',
    options: [
      {
        flags: '--retire',
        summary: 'remove the record, ask or wait for daemons without one to end',
      },
      JSON_OPTION,
    ],
    exits: { 1: 'there are orphans' },
    examples: [
      { command: 'spec-kitty doctor orphan-daemons', says: 'look' },
      { command: 'spec-kitty doctor orphan-daemons --retire', says: 'clean up' },
    ],
    load: () => import('../run/orphan-daemons.ts'),
  },
  {
    path: ['doctor', 'journal'],
    summary: 'count every row of the journal and check its file',
    description:
      'Slow and exact: compares every counter that status shows with the rows themselves.',
    options: [
      {
        flags: '--repair',
        summary: 'put every event of a damaged journal that can be read into a new one',
      },
      JSON_OPTION,
    ],
    exits: { 1: 'a counter is wrong, or the file is damaged' },
    examples: [
      { command: 'spec-kitty doctor journal', says: 'before you trust a number' },
      {
        command: 'spec-kitty doctor journal --repair',
        says: 'the damaged files are kept beside the new one',
      },
    ],
    load: () => import('../run/doctor-journal.ts'),
  },
]
