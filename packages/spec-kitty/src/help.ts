import type { CommandDefinition } from './command/define.ts'
import { COMMON_EXITS } from './command/define.ts'

/** What `--help` says after the options: examples and exit codes. */
export function examplesText(definition: CommandDefinition): string {
  const examples = definition.examples.map(({ command, says }) => `  $ ${command}\n      ${says}`)
  const exits = exitCodes(definition).map(([code, meaning]) => `  ${code.padEnd(3)} ${meaning}`)
  return `\nExamples:\n${examples.join('\n')}\n\nExit codes:\n${exits.join('\n')}\n`
}

/** Exit codes of a command, its own meanings over the common ones, in order. */
export function exitCodes(definition: CommandDefinition): [string, string][] {
  const merged = { ...COMMON_EXITS, ...definition.exits }
  return Object.entries(merged).sort(([a], [b]) => Number(a) - Number(b))
}
