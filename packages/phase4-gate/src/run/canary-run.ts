import { z } from 'zod'

const word = z.string().min(1).max(100)

const scenarioSchema = z.strictObject({
  id: z.int().min(1).max(4),
  name: z.string().min(1).max(200),
  status: z.enum(['pass', 'fail']),
  failure_mode: z.string().nullable().optional(),
  details: z.string().nullable().optional(),
})

/**
 * One canary run as the harness writes it (seed 002, CanaryRunResult). Closed: a key that nobody here
 * knows could be what says that the run did not pass.
 */
export const canaryRunSchema = z.strictObject({
  outcome: z.enum(['pass', 'fail']),
  run_id: word,
  /** The number that a run must have is compared with what was asked for (canary/results.ts). */
  run_number: z.int().min(1).max(1000),
  cli_version: word,
  events_package_version: word,
  timestamp: z.iso.datetime({ offset: true }),
  scenarios: z.array(scenarioSchema).max(4),
})
export type CanaryRun = z.infer<typeof canaryRunSchema>
