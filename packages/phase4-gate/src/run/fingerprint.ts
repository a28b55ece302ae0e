import { z } from 'zod'

/**
 * The state that nobody may touch by hand between canary runs (GATE/NFR-001), as digests: enough to
 * name what changed, nothing that reveals it.
 */
export const fingerprintSchema = z.object({
  takenAt: z.iso.datetime(),
  /** Database path relative to the home → table → row key → digest of the row. */
  databases: z.record(z.string(), z.record(z.string(), z.record(z.string(), z.string()))),
  /** Other files of the home and of the projects' `.kittify/` trees → digest. */
  files: z.record(z.string(), z.string()),
  /** Owner record path → the process it names and when that one started; null if it is dead. */
  daemons: z.record(z.string(), z.object({ pid: z.int(), startedAt: z.string().nullable() })),
  /**
   * What of the hosted service changes only if somebody changes it: counters, limits, the commit that
   * is deployed; null if it did not answer.
   */
  service: z.record(z.string(), z.union([z.number(), z.string()])).nullable(),
  /** Database or file → what changes with every write to it, also with one that is taken back. */
  traces: z.record(z.string(), z.string()).optional(),
  /** What could not be watched, one reason each: nothing is known about it, so the gate holds. */
  unwatched: z.array(z.string()).optional(),
})
export type Fingerprint = z.infer<typeof fingerprintSchema>
