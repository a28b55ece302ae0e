import { JSON_OPTION, type CommandDefinition } from '../command/define.ts'

export const AUTH: readonly CommandDefinition[] = [
  {
    path: ['auth', 'login'],
    summary: 'log in to the configured server',
    description:
      'Shows a code and an address; approve the code there on any device. The login is stored in ' +
      'auth/session.json below the home, readable by you alone.',
    options: [
      { flags: '--headless', summary: 'no browser on this machine (the only way there is)' },
      JSON_OPTION,
    ],
    examples: [
      {
        command: 'spec-kitty auth login --headless',
        says: 'log in on a machine without a browser',
      },
    ],
    load: () => import('../run/auth-login.ts'),
  },
  {
    path: ['auth', 'logout'],
    summary: 'forget the login',
    options: [JSON_OPTION],
    examples: [{ command: 'spec-kitty auth logout', says: 'captured events stay in the journal' }],
    load: () => import('../run/auth-logout.ts'),
  },
  {
    path: ['auth', 'status'],
    summary: 'say who is logged in; asks nobody',
    options: [JSON_OPTION],
    exits: { 1: 'nobody is logged in' },
    examples: [{ command: 'spec-kitty auth status', says: 'who, at which server, until when' }],
    load: () => import('../run/auth-status.ts'),
  },
]
