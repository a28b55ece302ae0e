import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { parseJson } from '@canary-gate/documents'
import { parse as parseToml } from 'smol-toml'
import { z } from 'zod'
import { ConfigurationError, type Notifier } from '@canary-gate/gate-kernel'
import { notifySchema, type World, worldSchema } from '../world/schema.ts'
import { describeProblem, type Given } from './problem.ts'

/** A configuration is written by a person; what is no number of it is named with its key. */
const rules = { maximumBytes: 1024 * 1024, fractions: 'any', mayLookAlike: true } as const

/**
 * Reads the configuration of a world, as JSON or TOML by the file's extension. It holds no secrets:
 * tokens come from the environment variable that `github.tokenEnv` names, or from a command.
 *
 * @throws ConfigurationError that lists every wrong key and what to write there
 */
export async function loadWorld(file: string): Promise<World> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ConfigurationError(
      `cannot read the configuration ${file}; copy docs/example.live.toml there and adapt it`,
      { cause },
    )
  })
  const given = parseText(text, file)
  const parsed = worldSchema.safeParse(given.content)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.flatMap((issue) => describeProblem(issue, given))
  throw new ConfigurationError(
    `${file} has ${problems.length} wrong ${problems.length === 1 ? 'key' : 'keys'}:\n${problems
      .map((problem) => `  - ${problem}`)
      .join('\n')}`,
  )
}

/**
 * The notifier of a configuration that may be wrong elsewhere: a gate that cannot start tells so, too.
 *
 * @returns undefined where the file names none, or cannot be read at all
 */
export async function notifierIn(file: string): Promise<Notifier | undefined> {
  try {
    const { content } = parseText(await readFile(file, 'utf8'), file)
    return z.looseObject({ notify: notifySchema }).parse(content).notify
  } catch {
    return undefined
  }
}

function parseText(text: string, file: string): Given {
  const extension = extname(file)
  try {
    if (extension === '.json') return { form: 'json', content: parseJson(text, rules) }
    if (extension === '.toml') return { form: 'toml', content: parseToml(text) }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new ConfigurationError(
      `${file} is not valid ${extension.slice(1).toUpperCase()}: ${why}`,
      {
        cause,
      },
    )
  }
  throw new ConfigurationError(
    `${file}: name the configuration .toml or .json, so that its form is known`,
  )
}
