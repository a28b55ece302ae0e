import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { parse as parseToml } from 'smol-toml'
import type { z } from 'zod'
import { UsageError } from '../program/usage-error.ts'
import { type World, worldSchema } from '../world/schema.ts'
import { exampleAt } from './example.ts'

/**
 * Reads the configuration of a world, as JSON or TOML by the file's extension. It holds no secrets:
 * tokens come from the environment variable that `github.tokenEnv` names, or from a command.
 *
 * @throws UsageError that lists every wrong key and what to write there
 */
export async function loadWorld(file: string): Promise<World> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UsageError(
      `cannot read the configuration ${file}; copy docs/example.live.toml there and adapt it`,
      { cause },
    )
  })
  const parsed = worldSchema.safeParse(parseText(text, file))
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.flatMap(describe)
  throw new UsageError(
    `${file} has ${problems.length} wrong ${problems.length === 1 ? 'key' : 'keys'}:\n${problems
      .map((problem) => `  - ${problem}`)
      .join('\n')}`,
  )
}

function parseText(text: string, file: string): unknown {
  const extension = extname(file)
  try {
    if (extension === '.json') return JSON.parse(text)
    if (extension === '.toml') return parseToml(text)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new UsageError(`${file} is not valid ${extension.slice(1).toUpperCase()}: ${why}`, {
      cause,
    })
  }
  throw new UsageError(`${file}: name the configuration .toml or .json, so that its form is known`)
}

/** One line per wrong key: its name, what is wrong, what to write. */
function describe(issue: z.core.$ZodIssue): string[] {
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${[...path, key].join('.')}: no such key; remove it`)
  }
  const name = path.join('.')
  const example = exampleAt(path)
  const write =
    example === undefined ? '' : `; write, for example, ${name} = ${JSON.stringify(example)}`
  return [`${name === '' ? 'the file' : name}: ${issue.message}${write}`]
}
