import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inconclusive } from '../verdict.ts'
import { type Fact, type FactName, facts } from './facts.ts'

/** The facts of one run on disk: `<run folder>/facts/<name>.json`. */
export interface Notebook {
  /** Records a fact; a second write of the same name replaces the first. */
  write<Name extends FactName>(name: Name, value: Fact<Name>): Promise<void>
  /** Reads a fact that an earlier requirement proved. Throws an inconclusive stop if it is missing. */
  read<Name extends FactName>(name: Name): Promise<Fact<Name>>
}

export function openNotebook(runFolder: string): Notebook {
  const fileOf = (name: FactName): string => join(runFolder, 'facts', `${name}.json`)
  return {
    async write(name, value) {
      const file = fileOf(name)
      await mkdir(join(runFolder, 'facts'), { recursive: true })
      await writeFile(`${file}.new`, `${JSON.stringify(facts[name].parse(value), null, 2)}\n`)
      await rename(`${file}.new`, file)
    },
    async read(name) {
      const text = await readFile(fileOf(name), 'utf8').catch((cause: unknown) => {
        throw missing(name, fileOf(name), cause)
      })
      return facts[name].parse(JSON.parse(text)) as Fact<typeof name>
    },
  }
}

function missing(name: FactName, file: string, cause: unknown): Error {
  return inconclusive(
    {
      code: 'fact-missing',
      what: `the fact "${name}" of an earlier requirement is not recorded`,
      where: file,
      next: 'run the whole gate: canary-gate run',
    },
    { cause },
  )
}
