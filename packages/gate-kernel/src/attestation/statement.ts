import { z } from 'zod'
import { AttestationProblem } from './problem.ts'

const digest = z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) })
const resource = z.strictObject({
  name: z.string().min(1).optional(),
  uri: z.string().min(1).optional(),
  digest,
})
const subject = z.array(z.strictObject({ name: z.string().min(1), digest })).min(1)

const results = z.enum(['PASSED', 'FAILED'])

/** Every file of a run by digest, and the seal of the run before it: the chain. */
const sealSchema = z.strictObject({
  _type: z.literal('https://in-toto.io/Statement/v1'),
  subject,
  predicateType: z.literal('urn:canary-gate:run-seal:1'),
  predicate: z.strictObject({
    runId: z.string().min(1),
    sealedAt: z.iso.datetime(),
    /** Name of the attempt whose files are subjects below `attempt/`; null where there was none. */
    attempt: z.string().nullable(),
    /** The seal before this one in the same folder of runs; null for the first. */
    previous: z.strictObject({ runId: z.string().min(1), sha256: digest.shape.sha256 }).nullable(),
  }),
})

/** in-toto test result: the requirements over the candidate. */
const testResultSchema = z.strictObject({
  _type: z.literal('https://in-toto.io/Statement/v1'),
  subject,
  predicateType: z.literal('https://in-toto.io/attestation/test-result/v0.1'),
  predicate: z.strictObject({
    result: results,
    /** What was run: the gate by its digest. */
    configuration: z.array(resource).min(1),
    passedTests: z.array(z.string()),
    failedTests: z.array(z.string()),
  }),
})

/** SLSA verification summary: the verdict, its policy, and the documents that it rests on. */
const summarySchema = z.strictObject({
  _type: z.literal('https://in-toto.io/Statement/v1'),
  subject,
  predicateType: z.literal('https://slsa.dev/verification_summary/v1'),
  predicate: z.strictObject({
    verifier: z.strictObject({ id: z.string().min(1), version: z.record(z.string(), z.string()) }),
    timeVerified: z.iso.datetime(),
    resourceUri: z.string().min(1),
    policy: resource,
    inputAttestations: z.array(resource),
    verificationResult: results,
    verifiedLevels: z.array(z.string()),
    slsaVersion: z.literal('1.0'),
  }),
})

/** The three statements of a run, by the name of their file in `attestations/`. */
export const statementSchemas = {
  seal: sealSchema,
  'test-result': testResultSchema,
  vsa: summarySchema,
} as const

export type StatementName = keyof typeof statementSchemas
export type Statement<Name extends StatementName> = z.infer<(typeof statementSchemas)[Name]>

/** All names, in the order in which they are written: each rests on the ones before it. */
export const statementNames = ['seal', 'test-result', 'vsa'] as const satisfies StatementName[]

/** `<run folder>/attestations/<this>`. */
export function fileNameOf(name: StatementName): string {
  return `${name}.dsse.json`
}

/**
 * Reads a statement of the expected kind. Its type is part of what is checked: a summary in the
 * place of a test result is refused.
 *
 * @throws AttestationProblem `type-unexpected` or `statement-unreadable`
 */
export function parseStatement<Name extends StatementName>(
  name: Name,
  document: unknown,
): Statement<Name> {
  const schema = statementSchemas[name]
  const parsed = schema.safeParse(document)
  if (parsed.success) return parsed.data as Statement<Name>
  const expected = schema.shape.predicateType.value
  const found = (document as { predicateType?: unknown } | null)?.predicateType
  if (found !== expected)
    throw new AttestationProblem(
      'type-unexpected',
      `${fileNameOf(name)} must state ${expected}, it states ${JSON.stringify(found)}`,
    )
  const [issue] = parsed.error.issues
  throw new AttestationProblem(
    'statement-unreadable',
    `${fileNameOf(name)}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
  )
}
