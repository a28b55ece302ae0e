import type { Command } from 'commander'

/** What a person types, by the names of the command. */
const EXAMPLES: Readonly<Record<string, string>> = {
  serve: '--host 0.0.0.0 --port 8970 --database postgres://hub@db.example:5432/hub',
  'tenant create': 'acme',
  'tenant list': '--json',
  'tenant retain': 'acme 90',
  'tenant revoke': 'acme',
  'token create': '--tenant acme --scopes ingest,read --label laptops',
  'token list': '--tenant acme',
  'token rotate': '5b1f7c1e-0c4d-4d6e-9a59-8a4f6c0f2c11 --grace-hours 24',
  'token revoke': '5b1f7c1e-0c4d-4d6e-9a59-8a4f6c0f2c11',
  'conflicts list': '--tenant acme',
  'conflicts show': '01JV8Z6M3Q4T5W6X7Y8Z9A0B1C --tenant acme',
  'conflicts resolve': '01JV8Z6M3Q4T5W6X7Y8Z9A0B1C --tenant acme --keep stored',
  migrate: '--dry-run',
  retain: '--json',
  verify: '--tenant acme --json',
}

/** Ends the help of each command with an example. */
export function addExamples(command: Command, names: readonly string[] = []): void {
  for (const child of command.commands) {
    const path = [...names, child.name()]
    const words = EXAMPLES[path.join(' ')]
    if (words !== undefined)
      child.addHelpText('after', `\nExample:\n  spec-kitty-hub ${path.join(' ')} ${words}`)
    addExamples(child, path)
  }
}
