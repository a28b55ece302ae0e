import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { parse as parseToml } from 'smol-toml'
import { UsageError } from '../program/usage-error.ts'
import { type World, worldSchema } from '../world/schema.ts'
import { describeProblem, type Given } from './problem.ts'

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
  const given = parseText(text, file)
  const parsed = worldSchema.safeParse(given.content)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.flatMap((issue) => describeProblem(issue, given))
  throw new UsageError(
    `${file} has ${problems.length} wrong ${problems.length === 1 ? 'key' : 'keys'}:\n${problems
      .map((problem) => `  - ${problem}`)
      .join('\n')}`,
  )
}

function parseText(text: string, file: string): Given {
  const extension = extname(file)
  try {
    if (extension === '.json') return { form: 'json', content: JSON.parse(text) as unknown }
    if (extension === '.toml') return { form: 'toml', content: parseToml(text) }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new UsageError(`${file} is not valid ${extension.slice(1).toUpperCase()}: ${why}`, {
      cause,
    })
  }
  throw new UsageError(`${file}: name the configuration .toml or .json, so that its form is known`)
}
