import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { readJson } from '@canary-gate/documents'
import { z } from 'zod'
import { ProverProblem } from './problem.ts'

/** One place of a criterion: named functions and constants of one source file. */
const place = z.strictObject({
  /** Path in the repository. Where no such file exists, the names are looked for in every file. */
  file: z.string(),
  /** Qualified names: `OfflineQueue.queue_event`, `fire_saas_fanout`; a constant by its plain name. */
  names: z.array(z.string()).min(1),
  /** Folder name below which the names are looked for where the file does not exist; else anywhere. */
  within: z.string().optional(),
  /**
   * Words of which a changed line must contain one. For wide functions that do more than the
   * criterion's business: only what touches that business counts as a change of it.
   */
  onlyAbout: z.array(z.string()).optional(),
})
export type Place = z.infer<typeof place>

/** What a fix of one blocker must have changed. Data, one file per blocker issue. */
const criterionSchema = z.strictObject({
  issue: z.int(),
  /** One sentence for reports. */
  about: z.string(),
  places: z.array(place).min(1),
  /**
   * Functions whose callees belong to the criterion too, as far as they stand in the same file,
   * followed to this depth (1: what they call themselves).
   */
  follow: z
    .strictObject({
      from: z.array(z.string()),
      depth: z.int().min(1).max(4),
      except: z.array(z.string()).default([]),
    })
    .optional(),
  /** Further functions whose only effect is output, beside loggers, consoles and streams. */
  diagnostics: z.array(z.string()).default([]),
})
export type Criterion = z.infer<typeof criterionSchema>

/** Criterion files that come with the gate, for the Python original. */
const shipped = ['1141', '1182']

/** Reads a criterion: a file path, or the number of a blocker whose criterion comes with the gate. */
export async function readCriterion(fileOrIssue: string): Promise<Criterion> {
  const file = shipped.includes(fileOrIssue)
    ? fileURLToPath(new URL(`./criteria/${fileOrIssue}.json`, import.meta.url))
    : fileOrIssue
  try {
    return readJson(criterionSchema, await readFile(file), { maximumBytes: 1024 * 1024 })
  } catch (cause) {
    throw new ProverProblem(
      {
        code: 'criterion-unreadable',
        what: `the criterion cannot be read: ${whyNot(fileOrIssue, cause)}`,
        where: file,
        next: 'name 1141, 1182 or a file of the form described in docs/fix-substance.md',
      },
      { cause },
    )
  }
}

function whyNot(fileOrIssue: string, cause: unknown): string {
  if (/^\d+$/.test(fileOrIssue)) return `none comes with the gate for issue ${fileOrIssue}`
  return cause instanceof Error ? cause.message : String(cause)
}
