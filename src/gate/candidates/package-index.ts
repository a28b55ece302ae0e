import type { Dispatcher } from 'undici'
import { z } from 'zod'
import { inconclusive } from '../verdict.ts'

/** One file of a published version. */
const distributionFile = z.object({
  filename: z.string(),
  packagetype: z.string(),
  url: z.string(),
  yanked: z.boolean().default(false),
  yanked_reason: z.string().nullish(),
  digests: z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
})
export type DistributionFile = z.infer<typeof distributionFile>

const projectPage = z.object({ releases: z.record(z.string(), z.array(distributionFile)) })

/** What the index publishes: version text → its files. */
export type Published = ReadonlyMap<string, readonly DistributionFile[]>

const timeoutMs = 30_000
const attempts = 3

/**
 * Reads all published versions of a project from a package index (`<index>/pypi/<project>/json`).
 *
 * @throws inconclusive stop when the index cannot be asked; a project it does not know is empty
 */
export async function readPublished(indexUrl: string, project: string): Promise<Published> {
  const url = `${indexUrl.replace(/\/+$/, '')}/pypi/${encodeURIComponent(project)}/json`
  const { status, text } = await get(url, attempts)
  if (status === 404) return new Map()
  if (status !== 200) throw unreadable(url, `answered ${status}`)
  try {
    const { releases } = projectPage.parse(JSON.parse(text))
    return new Map(
      Object.entries(releases).map(([version, files]) => [version, files.map(absolute(url))]),
    )
  } catch (cause) {
    throw unreadable(url, 'did not answer with the JSON of a project', cause)
  }
}

/** Mirrors name their files relative to the page. */
function absolute(page: string): (file: DistributionFile) => DistributionFile {
  return (file) => ({ ...file, url: new URL(file.url, page).href })
}

/** Downloads one file of a version. The caller compares it with the digest that the index names. */
export async function download(file: DistributionFile): Promise<Uint8Array> {
  const { statusCode, body } = await ask(file.url).catch((cause: unknown) => {
    throw unreadable(file.url, 'could not be reached', cause)
  })
  const bytes = new Uint8Array(await body.arrayBuffer())
  if (statusCode !== 200) throw unreadable(file.url, `answered ${statusCode}`)
  return bytes
}

/** A read may be repeated: an index behind a cache drops connections now and then. */
async function get(url: string, left: number): Promise<{ status: number; text: string }> {
  try {
    const { statusCode, body } = await ask(url, { accept: 'application/json' })
    const text = await body.text()
    if (statusCode >= 500 && left > 1) return await get(url, left - 1)
    return { status: statusCode, text }
  } catch (cause) {
    if (left > 1) return get(url, left - 1)
    throw unreadable(url, 'could not be reached', cause)
  }
}

async function ask(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Dispatcher.ResponseData> {
  // Loaded here: most requirements ask no index, and each is a process of its own.
  const { request } = await import('undici')
  return request(url, { headers, headersTimeout: timeoutMs, bodyTimeout: timeoutMs })
}

function unreadable(url: string, what: string, cause?: unknown): Error {
  return inconclusive(
    {
      code: 'index-unreadable',
      cause: 'environment',
      what: `the package index ${what}`,
      where: url,
      next: 'check the network and the index address (candidate.indexUrl), then run the gate again',
    },
    { cause },
  )
}
