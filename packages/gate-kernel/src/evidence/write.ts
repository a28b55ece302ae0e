import { z } from 'zod'

/** Every external write of a run, as it is repeated in the evidence. */
export const writeSchema = z.strictObject({
  what: z.enum(['comment', 'close', 'reopen', 'take-back']),
  issue: z.int(),
  text: z.string().nullable(),
  url: z.string().nullable(),
  sentAt: z.iso.datetime(),
  /** `unknown`: it was sent, and its answer was lost or a refusal. */
  outcome: z.enum(['confirmed', 'unknown']),
})
export type Write = z.infer<typeof writeSchema>
