import { JSON_OPTION, type CommandDefinition, type OptionDefinition } from '../command/define.ts'

const MISSION: OptionDefinition = {
  flags: '--mission <slug>',
  summary: 'the mission; may be left out if there is only one',
}

export const AGENT: readonly CommandDefinition[] = [
  {
    path: ['agent', 'mission', 'create'],
    summary: 'start a mission in this project',
    description:
      'Makes kitty-specs/<slug>/ and captures MissionCreated and WPCreated. Works without a login, ' +
      'a server or a network; what is captured is delivered later.',
    args: [{ name: 'slug', summary: 'letters, digits and dashes', required: true }],
    options: [
      { flags: '--type <type>', summary: 'kind of the mission', default: 'software-dev' },
      { flags: '--target-branch <branch>', summary: 'branch it is for', default: 'main' },
      { flags: '--work-packages <count>', summary: 'work packages to lay out', default: '1' },
      JSON_OPTION,
    ],
    examples: [
      { command: 'spec-kitty agent mission create payment-retries', says: 'one mission with WP01' },
    ],
    load: () => import('../run/mission-create.ts'),
  },
  {
    path: ['agent', 'mission', 'setup-plan'],
    summary: 'prepare the plan and hand the mission over to sync',
    description:
      'Writes plan.md unless it exists, captures the dossier of the mission and queues its documents ' +
      'for upload. With SPEC_KITTY_ENABLE_SAAS_SYNC on, it refuses before any change when nobody is ' +
      'logged in: sync could not be guaranteed.',
    options: [MISSION, JSON_OPTION],
    examples: [
      {
        command: 'spec-kitty agent mission setup-plan --mission payment-retries --json',
        says: 'for a script',
      },
    ],
    load: () => import('../run/mission-setup-plan.ts'),
  },
  {
    path: ['agent', 'tasks', 'move-task'],
    summary: 'move a work package to another lane',
    description:
      'Captures WPStatusChanged before anything else changes; never waits for network, daemon or a ' +
      'running drain. A move to planned needs the review feedback and is recorded as forced, with a reason.',
    args: [{ name: 'wp', summary: 'work package, e.g. WP01', required: true }],
    options: [
      { flags: '--to <lane>', summary: 'lane to move to' },
      MISSION,
      { flags: '--force', summary: 'skip the rules of the lanes; recorded with a reason' },
      { flags: '--note <text>', summary: 'why' },
      {
        flags: '--review-feedback-file <file>',
        summary: 'findings of the review; required for planned',
      },
      {
        flags: '--actor <name>',
        summary: 'who moves it (else SPEC_KITTY_AGENT, else your user name)',
      },
      JSON_OPTION,
    ],
    examples: [
      {
        command: 'spec-kitty agent tasks move-task WP01 --to claimed',
        says: 'take a work package',
      },
      {
        command:
          'spec-kitty agent tasks move-task WP01 --to planned --review-feedback-file review.md',
        says: 'reject it in review',
      },
    ],
    load: () => import('../run/move-task.ts'),
  },
]
