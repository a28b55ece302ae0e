import type { CommandDefinition } from '../command/define.ts'
import { stepsOf, type Offer, type Steps } from './steps.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/**
 * The completion script of a shell, made from the definitions that also make help and manual. All
 * three find the longest command among the words before the cursor, so that arguments in between do
 * not stop them, and then offer what may follow it or its last flag.
 */
export function completionScript(shell: Shell, catalogue: readonly CommandDefinition[]): string {
  const steps = stepsOf(catalogue)
  switch (shell) {
    case 'bash':
      return bash(steps)
    case 'zsh':
      return zsh(steps)
    case 'fish':
      return fish(steps)
  }
}

type Arm = (typed: string, offer: Offer) => string

function arms(offers: ReadonlyMap<string, Offer>, arm: Arm): string {
  return [...offers].map(([typed, offer]) => arm(typed, offer)).join('\n')
}

function commands({ after }: Steps): string[] {
  return [...after.keys()].filter((typed) => typed !== '')
}

function quoted(texts: readonly string[], separator: string): string {
  return texts.map((text) => `'${text}'`).join(separator)
}

function bash(steps: Steps): string {
  const arm: Arm = (typed, { words, files }) =>
    `    '${typed}') words='${words.join(' ')}'${files ? ' files=yes' : ''} ;;`
  return `_spec_kitty() {
  local typed='' word words='' files='' current="\${COMP_WORDS[COMP_CWORD]}"
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${typed:+$typed }$word" in
      ${quoted(commands(steps), '|')}) typed="\${typed:+$typed }$word" ;;
    esac
  done
  case "$typed \${COMP_WORDS[COMP_CWORD-1]}" in
${arms(steps.values, arm)}
    *) case "$typed" in
${arms(steps.after, arm)}
    esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [ -n "$files" ]; then
    local IFS=$'\\n'
    compopt -o filenames 2>/dev/null
    COMPREPLY+=($(compgen -f -- "$current"))
  fi
}
complete -F _spec_kitty spec-kitty
`
}

function zsh(steps: Steps): string {
  const arm: Arm = (typed, { words, files }) =>
    `    ('${typed}') ${files ? '_files; ' : ''}compadd -- ${words.join(' ')} ;;`
  return `#compdef spec-kitty
_spec_kitty() {
  local typed='' word
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "\${typed:+$typed }$word" in
      (${quoted(commands(steps), '|')}) typed="\${typed:+$typed }$word" ;;
    esac
  done
  case "$typed $words[CURRENT-1]" in
${arms(steps.values, arm)}
    (*) case "$typed" in
${arms(steps.after, arm)}
    esac ;;
  esac
}
if [ "$funcstack[1]" = _spec-kitty ]; then _spec_kitty "$@"; else compdef _spec_kitty spec-kitty; fi
`
}

function fish(steps: Steps): string {
  const arm: Arm = (typed, { words, files }) =>
    [
      `    case '${typed}'`,
      ...(files ? ['      __fish_complete_path (commandline -ct)'] : []),
      ...(words.length > 0 ? [`      printf '%s\\n' ${words.join(' ')}`] : []),
    ].join('\n')
  return `function __spec_kitty_words
  set -l before (commandline -opc)
  set -l last $before[-1]
  set -e before[1]
  set -l typed
  for word in $before
    set -l longer (string join ' ' -- $typed $word)
    contains -- $longer ${quoted(commands(steps), ' ')}; and set typed $longer
  end
  switch "$typed $last"
${arms(steps.values, arm)}
    case '*'
      switch "$typed"
${arms(steps.after, arm)}
      end
  end
end
complete -c spec-kitty -f -a '(__spec_kitty_words)'
`
}
