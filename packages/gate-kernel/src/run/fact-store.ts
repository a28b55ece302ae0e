import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FactSchemas, FactStore } from '../definition/run.ts'
import { redactValue } from '../secrets/redact.ts'
import { inconclusive } from '../stop/verdict.ts'

/**
 * The facts of a run. Each is a file of its own, because every requirement runs in a process of its
 * own; what is written and what is read must fit the schema of the gate's definition. No secret is
 * written.
 */
export function openFactStore<Facts extends FactSchemas>(
  schemas: Facts,
  runFolder: string,
): FactStore<Facts> {
  const fileOf = (name: string): string => join(runFolder, 'facts', `${name}.json`)
  const check = (name: keyof Facts & string, value: unknown): unknown => {
    const schema = schemas[name]
    if (schema === undefined) throw new Error(`the definition of the gate has no fact "${name}"`)
    return schema.parse(value)
  }
  return {
    async write(name, value) {
      const file = fileOf(name)
      const text = `${JSON.stringify(check(name, redactValue(value)), null, 2)}\n`
      await mkdir(join(runFolder, 'facts'), { recursive: true })
      await writeFile(`${file}.new`, text)
      await rename(`${file}.new`, file)
    },
    async read(name) {
      const text = await readFile(fileOf(name), 'utf8').catch((cause: unknown) => {
        throw missing(name, fileOf(name), cause)
      })
      return check(name, JSON.parse(text)) as never
    },
  }
}

function missing(name: string, file: string, cause: unknown): Error {
  return inconclusive(
    {
      code: 'fact-missing',
      what: `the fact "${name}" of an earlier requirement is not recorded`,
      where: file,
      next: 'run the whole gate',
      command: ['run'],
    },
    { cause },
  )
}
