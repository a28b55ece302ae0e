import { z } from 'zod'

export const proveVerdicts = [
  'proven',
  'partly',
  'not proven',
  'no test',
  'nothing to prove',
  'cannot tell',
] as const
export type ProveVerdict = (typeof proveVerdicts)[number]

/** What one changed test says about the change. */
export const testResults = [
  'catches',
  'passes either way',
  'did not load without the change',
  'fails for another reason without the change',
  'reads the source text',
  'not shown to execute the change',
  'unsteady',
  'fails with the change',
  'skipped',
] as const

const failure = z.strictObject({
  kind: z.enum(['assertion', 'raised', 'missing-name', 'no-value', 'load', 'timeout', 'error']),
  message: z.string(),
})

const testReport = z.strictObject({
  id: z.string(),
  file: z.string().nullable(),
  /** Line at which it fails without the change. */
  line: z.int().nullable(),
  result: z.enum(testResults),
  /** Numbers of the hunks without which it fails; empty unless it catches the change. */
  caughtBy: z.array(z.int()),
  /** Its failure without the change. */
  without: failure.nullable(),
  /** Its failure with the change. */
  with: failure.nullable(),
  /** Changed places that it executes, as path:line; null where that was not measured. */
  executes: z.array(z.string()).nullable(),
})
export type ProveTest = z.infer<typeof testReport>

const hunkReport = z.strictObject({
  id: z.int(),
  file: z.string(),
  /** First and last line in the tree with the change. */
  lines: z.tuple([z.int(), z.int()]),
  /**
   * `proven`: a test fails without it as it failed before. `needed`: without it alone the tests fail in
   * another way, so they execute it. `executed`: they execute it and pass without it. `not executed`.
   * `execution unknown`: they fail without it, and none was shown to execute it.
   * `unproven`: they pass without it, and execution was not measured. `no behaviour`: nothing that a
   * program does. `not tried`: the budget ended.
   */
  state: z.enum([
    'proven',
    'needed',
    'executed',
    'not executed',
    'execution unknown',
    'unproven',
    'no behaviour',
    'not tried',
  ]),
  tests: z.array(z.string()),
  /** Small changes of its lines: how many were tried, and those that no test noticed. */
  mutants: z.strictObject({ tried: z.int(), survived: z.array(z.string()) }),
})
export type ProveHunk = z.infer<typeof hunkReport>

/** What `canary-gate prove --json` prints. */
export const proveReportSchema = z.strictObject({
  reportFormat: z.literal('canary-gate/prove/v1'),
  base: z.string(),
  head: z.string(),
  subject: z.string(),
  verdict: z.enum(proveVerdicts),
  /** One sentence each. */
  reasons: z.array(z.string()).min(1),
  /** From `Test-exempt: reason` in a commit message; it is shown, and changes no verdict. */
  waiver: z.string().nullable(),
  runners: z.array(
    z.strictObject({ runner: z.string(), folder: z.string(), files: z.array(z.string()) }),
  ),
  isolation: z.strictObject({
    network: z.boolean(),
    processes: z.boolean(),
    missing: z.string().nullable(),
  }),
  tests: z.array(testReport),
  hunks: z.array(hunkReport),
  /** Wall-clock time of everything, and of one run of the changed tests with the change. */
  seconds: z.strictObject({ total: z.number(), tests: z.number() }),
})
export type ProveReport = z.infer<typeof proveReportSchema>
