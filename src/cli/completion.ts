import type { CommandDefinition } from './define.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** For every sequence of words that was typed: the words that may follow. */
export function nextWords(catalogue: readonly CommandDefinition[]): Map<string, string[]> {
  const next = new Map<string, string[]>()
  const offer = (typed: string, words: readonly string[]): void => {
    const known = next.get(typed) ?? []
    next.set(typed, [...known, ...words.filter((word) => !known.includes(word))])
  }
  for (const command of catalogue.filter(({ hidden }) => hidden !== true)) {
    command.path.forEach((word, depth) => offer(command.path.slice(0, depth).join(' '), [word]))
    const options = (command.options ?? []).map(({ flags }) => flags.split(' ')[0] ?? flags)
    const choices = (command.args ?? []).flatMap(({ choices: values }) => values ?? [])
    offer(command.path.join(' '), [...choices, ...options, '--help'])
  }
  return next
}

/** The completion script of a shell; made from the same definitions as help and manual. */
export function completionScript(shell: Shell, catalogue: readonly CommandDefinition[]): string {
  const next = nextWords(catalogue)
  switch (shell) {
    case 'bash':
      return bash(next)
    case 'zsh':
      return `#compdef spec-kitty\nautoload -U +X bashcompinit && bashcompinit\n${bash(next)}`
    case 'fish':
      return fish(next)
  }
}

function bash(next: ReadonlyMap<string, string[]>): string {
  const cases = [...next].map(([typed, words]) => `    "${typed}") words="${words.join(' ')}" ;;`)
  return `_spec_kitty() {
  local typed="" word words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) typed="\${typed:+$typed }$word" ;; esac
  done
  case "$typed" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _spec_kitty spec-kitty
`
}

function fish(next: ReadonlyMap<string, string[]>): string {
  const cases = [...next].map(
    ([typed, words]) => `    case '${typed}'\n      string split ' ' '${words.join(' ')}'`,
  )
  return `function __spec_kitty_words
  set -l typed (commandline -opc)[2..-1]
  set typed (string match -v -- '-*' $typed)
  switch "$typed"
${cases.join('\n')}
  end
end
complete -c spec-kitty -f -a '(__spec_kitty_words)'
`
}
