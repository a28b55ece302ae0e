import { z } from 'zod'

export const verdicts = [
  'substantive',
  'diagnostic-only',
  'not-in-criterion',
  'no-test',
  'no-discriminating-test',
  'test-does-not-discriminate',
  'comment-or-doc-only',
  'typing-or-format-only',
  'tests-only',
  'not-a-fix-commit',
  'review',
] as const
export type FixVerdict = (typeof verdicts)[number]

/** How a caller may act on a verdict: only `accepted` lets a release go on. */
export type Standing = 'accepted' | 'rejected' | 'review' | 'inconclusive'

const reason = z.strictObject({
  code: z.string(),
  text: z.string(),
  file: z.string().nullable(),
  /** Function, class or constant. */
  unit: z.string().nullable(),
  /** First and last line. */
  lines: z.tuple([z.int(), z.int()]).nullable(),
})
export type Reason = z.infer<typeof reason>

const unitReport = z.strictObject({
  file: z.string(),
  name: z.string(),
  lines: z.tuple([z.int(), z.int()]),
  change: z.enum(['changed', 'added', 'removed']),
  kinds: z.array(z.string()),
  /** `yes`; `elsewhere`: a function of the criterion, changed in what is not its business; `no`. */
  criterion: z.enum(['yes', 'elsewhere', 'no']),
  suspicious: z.array(z.string()),
})

const outcome = z.enum(['passed', 'skipped', 'failed', 'absent'])

const testReport = z.strictObject({
  id: z.string(),
  before: outcome,
  /** Why it failed before: assertion, error, load or timeout. */
  beforeFailure: z.string().nullable(),
  after: outcome,
  failToPass: z.boolean(),
  /** Fails again when only the criterion's change is taken back. */
  attributed: z.boolean(),
})

const executionReport = z.strictObject({
  outcome: z.enum(['not-run', 'ran', 'inconclusive']),
  detail: z.string().nullable(),
  tests: z.array(testReport),
  broken: z.array(z.string()),
})

/** `not-in-queue-path` and `timeout-only` are words of reports before; they are read. What `inspect-fix --json` prints: the verdict, the reasons, and every finding on the way. */
export const fixReportSchema = z.strictObject({
  reportFormat: z.literal('canary-gate/fix-substance/v1'),
  commit: z.string(),
  commits: z.array(z.string()),
  base: z.string(),
  subject: z.string(),
  criterion: z.int(),
  verdict: z.enum([...verdicts, 'not-in-queue-path', 'timeout-only']),
  standing: z.enum(['accepted', 'rejected', 'review', 'inconclusive']),
  reasons: z.array(reason).min(1),
  files: z.array(z.strictObject({ path: z.string(), role: z.string() })),
  units: z.array(unitReport),
  changedTests: z.array(
    z.strictObject({
      file: z.string(),
      name: z.string(),
      assertions: z.int(),
      onlyLog: z.boolean(),
    }),
  ),
  testOnlyNames: z.array(z.string()),
  unread: z.array(z.string()),
  execution: executionReport,
})
export type FixReport = z.infer<typeof fixReportSchema>
