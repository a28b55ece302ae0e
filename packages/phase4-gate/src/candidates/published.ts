import { z } from 'zod'

/** One file of a published version. */
export const distributionFile = z.object({
  filename: z.string().regex(/^[\w.+!-]+$/),
  packagetype: z.enum([
    'bdist_wheel',
    'sdist',
    'bdist_egg',
    'bdist_wininst',
    'bdist_rpm',
    'bdist_msi',
    'bdist_dumb',
  ]),
  url: z.string().min(1),
  yanked: z.boolean(),
  yanked_reason: z.string().nullish(),
  digests: z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
})
export type DistributionFile = z.infer<typeof distributionFile>

/** What the index publishes: version text → its files. */
export type Published = ReadonlyMap<string, readonly DistributionFile[]>
