import type { CommandDefinition } from './command/define.ts'
import { exitCodes } from './help.ts'

const HEAD = `# spec-kitty, command by command

Made from the definitions that also drive \`--help\` and shell completion; do not edit by hand
(\`npm run manual\` writes it).

Every command reads its home from \`SPEC_KITTY_HOME\`, else \`~/.spec-kitty\`, and its server from
\`[sync] server_url\` in \`config.toml\` or \`SPEC_KITTY_SAAS_URL\`. Where the two disagree it refuses before
any network call. \`SPEC_KITTY_ENABLE_SAAS_SYNC=1\` switches delivery to the hosted service on. With
\`--json\` a refusal, a wrong command line and a bug are one JSON object too: \`error_code\`, \`error\`,
\`where\`, \`remediation\`. A reader that goes away (\`| head\`) changes neither the work nor the exit code.
`

/** docs/cli.md: one section per command that is not hidden. */
export function manual(catalogue: readonly CommandDefinition[]): string {
  const commands = catalogue.filter(({ hidden }) => hidden !== true)
  const list = commands.map(
    ({ path, summary }) => `| [\`${path.join(' ')}\`](#${path.join('-')}) | ${summary} |`,
  )
  const table = ['| Command | |', '|---|---|', ...list].join('\n')
  return `${[HEAD, table, ...commands.map(section)].join('\n\n')}\n`
}

function section(command: CommandDefinition): string {
  const parts = [
    `## ${command.path.join(' ')}`,
    `\`\`\`\n${synopsis(command)}\n\`\`\``,
    `${capital(command.summary)}.${command.description === undefined ? '' : ` ${command.description}`}`,
    parameters(command),
    examples(command),
    `Exit codes: ${exitCodes(command)
      .map(([code, meaning]) => `${code} ${meaning}`)
      .join(' · ')}`,
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}

function synopsis({ path, args = [], options = [] }: CommandDefinition): string {
  const words = args.map(({ name, required }) => (required === true ? `<${name}>` : `[${name}]`))
  const flags = options.map(({ flags: notation }) => `[${notation}]`)
  return ['spec-kitty', ...path, ...words, ...flags].join(' ')
}

function parameters({ args = [], options = [] }: CommandDefinition): string {
  const rows = [
    ...args.map(({ name, summary }) => `| \`${name}\` | ${summary} |`),
    ...options.map(({ flags, summary, default: value }) => {
      const otherwise = value === undefined ? '' : ` (default ${value})`
      return `| \`${flags}\` | ${summary}${otherwise} |`
    }),
  ]
  return rows.length === 0 ? '' : ['| | |', '|---|---|', ...rows].join('\n')
}

function examples(command: CommandDefinition): string {
  return command.examples.map(({ command: line, says }) => `- \`${line}\`: ${says}`).join('\n')
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}
