import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { ConfigurationError } from '../stop/configuration-error.ts'

/**
 * Reads the configuration of a world that is kept as JSON.
 *
 * @throws ConfigurationError that names the file and every wrong key
 */
export async function loadJsonWorld<World>(schema: z.ZodType<World>, file: string): Promise<World> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ConfigurationError(`cannot read the configuration ${file}; name a JSON file`, {
      cause,
    })
  })
  const parsed = schema.safeParse(contentOf(text, file))
  if (parsed.success) return parsed.data
  throw new ConfigurationError(`${file} is wrong:\n${z.prettifyError(parsed.error)}`)
}

function contentOf(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new ConfigurationError(`${file} is not valid JSON: ${why}`, { cause })
  }
}
