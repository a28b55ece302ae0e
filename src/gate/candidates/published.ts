import { z } from 'zod'

/** One file of a published version. */
export const distributionFile = z.object({
  filename: z.string(),
  packagetype: z.string(),
  url: z.string(),
  yanked: z.boolean().default(false),
  yanked_reason: z.string().nullish(),
  digests: z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
})
export type DistributionFile = z.infer<typeof distributionFile>

/** What the index publishes: version text → its files. */
export type Published = ReadonlyMap<string, readonly DistributionFile[]>
