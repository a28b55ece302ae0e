import { z } from 'zod'
import { writeSchema } from './write.ts'

/**
 * `artifacts/gate/<run id>/evidence.json`: the result of one run, for programs. Its JSON Schema is
 * docs/evidence.schema.json, made from this one. It grows additively (docs/evidence.md).
 */
const verdicts = z.enum(['pass', 'fail', 'blocked', 'inconclusive', 'not-run'])

const stopSchema = z.strictObject({
  code: z.string().meta({ description: 'stable kebab-case name of the stop' }),
  verdict: z.enum(['fail', 'blocked', 'inconclusive']),
  cause: z.enum(['product', 'environment', 'cannot-tell']),
  what: z.string(),
  where: z.string(),
  next: z.string().meta({ description: 'what to type or do next' }),
  /** While the run goes on: the command of the remedy. In evidence.json it is in `remedy`. */
  command: z.array(z.string()).readonly().optional(),
  /** `next` as data: what to do, and the words of the command behind the name of the program. */
  remedy: z.strictObject({ remark: z.string(), command: z.array(z.string()) }).optional(),
  findings: z.array(z.string()).readonly().optional(),
})

export const requirementSchema = z.strictObject({
  id: z.string(),
  text: z.string(),
  verdict: verdicts,
  /** Present where the requirement stopped the gate. */
  stop: stopSchema.optional(),
  /** Digest of the waiver by which the run went on; the verdict stays what it was. */
  waiver: z.string().optional(),
  /** Why it was not run: the id that stopped the gate, or the reason publication was withheld. */
  stoppedBy: z.string().optional(),
  startedAt: z.iso.datetime().optional(),
  durationMs: z.number().nonnegative().optional(),
  /** Part of it in which programs ran that the requirement started. */
  programsMs: z.number().nonnegative().optional(),
  /** The stopped run whose proof was taken over; absent where this run proved it. */
  reusedFrom: z.string().optional(),
  progress: z.array(z.string()),
})

const waiverSchema = z.strictObject({
  /** Name of the file. */
  file: z.string(),
  sha256: z.string().nullable(),
  /** What was signed; null where the file is not what the owner signed. */
  waiver: z
    .strictObject({
      requirement: z.string(),
      candidate: z.string(),
      reason: z.string(),
      who: z.string(),
      until: z.string(),
      issue: z.string(),
    })
    .nullable(),
  honoured: z.boolean(),
  /** Why it was not honoured. */
  why: z.string().nullable(),
})

const weakeningSchema = z.strictObject({
  code: z.enum([
    'option',
    'configuration',
    'environment',
    'filtered',
    'foreign-module',
    'order',
    'module-errors',
    'test-count',
    'test-mode',
    'retried',
    'no-proof',
    'unhandled-error',
    'run-reason',
    'dry-run',
  ]),
  what: z.string(),
})

export const evidenceSchema = z.strictObject({
  schemaVersion: z.literal(1),
  runId: z.string(),
  /** Name of the world, e.g. `rehearsal`; `none` if the world could not be started. */
  world: z.string(),
  verdict: z.enum(['release', 'hold', 'waived']),
  state: z.string(),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  candidate: z
    .strictObject({ tag: z.string(), version: z.string(), commit: z.string() })
    .nullable(),
  /** The sealed folder of the attempt, where one exists. */
  attempt: z.strictObject({ folder: z.string(), manifestSha256: z.string().nullable() }).nullable(),
  requirements: z.array(requirementSchema),
  /** What the run proved repeatedly, e.g. each scenario of a canary; a list of all runs compares it. */
  repeated: z
    .array(z.strictObject({ part: z.string(), passed: z.int(), failed: z.int() }))
    .readonly()
    .optional(),
  stop: stopSchema.extend({ requirement: z.string().nullable() }).nullable(),
  /** The command that runs the whole gate once more, where a stop does not name another one. */
  again: z.string().optional(),
  /** SHA-256 over the gate's own files, so that a verdict can be told from that of a changed gate. */
  gateSha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  /** The commit of the gate's checkout, and the gate's files that differ from it; the first 50 are named. */
  gateSource: z
    .strictObject({ commit: z.string(), changed: z.array(z.string()), changedCount: z.int() })
    .optional(),
  /** The command that takes this run up, where a part of it can be re-used. */
  resume: z.string().optional(),
  /** What to type afterwards, as the words of a command behind the name of the program. */
  then: z.array(z.string()).optional(),
  /** Everything that made this run weaker than the pinned one; any entry withholds the release. */
  weakenings: z.array(weakeningSchema),
  publication: z.strictObject({
    status: z.enum(['complete', 'withheld', 'broken']),
    /** Addresses of the comments that stand. */
    comments: z.array(z.string()),
    /** What was written and read back, step by step. */
    record: z.unknown(),
  }),
  /** Every waiver that the configuration names, and whether it counted. */
  waivers: z.array(waiverSchema).optional(),
  /** Everything that this run wrote outside this machine, whatever the verdict. */
  writes: z.array(writeSchema).optional(),
})

export type Evidence = z.infer<typeof evidenceSchema>
export type RequirementResult = z.infer<typeof requirementSchema>
export type StopInWords = z.infer<typeof stopSchema>
export type EvidenceStop = NonNullable<Evidence['stop']>
export type Weakening = z.infer<typeof weakeningSchema>

/** Checks what a test told the reporter: tests may put anything into their meta. */
export const requirementMetaSchema = z.discriminatedUnion('verdict', [
  z.strictObject({
    id: z.string(),
    verdict: z.literal('pass'),
    reusedFrom: z.string().optional(),
  }),
  z.strictObject({ id: z.string(), verdict: z.literal('not-run'), stoppedBy: z.string() }),
  z.strictObject({
    id: z.string(),
    verdict: z.enum(['fail', 'blocked', 'inconclusive']),
    stop: stopSchema,
    /** The run goes on in spite of it. */
    waiver: z.string().optional(),
  }),
])
