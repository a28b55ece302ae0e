import type { CommandDefinition } from '../command/define.ts'

export const SHELL: readonly CommandDefinition[] = [
  {
    path: ['completion'],
    summary: 'print the completion script of a shell',
    args: [
      {
        name: 'shell',
        summary: 'bash, zsh or fish',
        required: true,
        choices: ['bash', 'zsh', 'fish'],
      },
    ],
    examples: [
      {
        command:
          'spec-kitty completion bash > ~/.local/share/bash-completion/completions/spec-kitty',
        says: 'bash',
      },
      {
        command: 'spec-kitty completion fish > ~/.config/fish/completions/spec-kitty.fish',
        says: 'fish',
      },
    ],
    load: () => import('../run/completion.ts'),
  },
]
