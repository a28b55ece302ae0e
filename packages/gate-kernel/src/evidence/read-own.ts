import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ifAbsent, readJson } from '@canary-gate/documents'
import type { z } from 'zod'
import { inconclusive } from '../stop/verdict.ts'

const maximumBytes = 16 * 1024 * 1024

/**
 * Reads what a run itself left: as strictly as what others write, for half of it may be there, or that of
 * another version.
 *
 * @returns undefined where there is none
 * @throws GateStop of the environment where it is there and cannot be read
 */
export async function readOwn<Schema extends z.ZodType>(
  schema: Schema,
  file: string,
): Promise<z.infer<Schema> | undefined> {
  try {
    const bytes = await readFile(file).catch(ifAbsent(undefined))
    return bytes && readJson(schema, bytes, { maximumBytes, fractions: 'any' })
  } catch (cause) {
    throw inconclusive(
      {
        code: 'record-unreadable',
        cause: 'environment',
        what: `what this run recorded cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
        where: file,
        next: `use the version that wrote it, or move ${dirname(file)} away; of another run: canary-gate publish --resume and its id`,
      },
      { cause },
    )
  }
}
