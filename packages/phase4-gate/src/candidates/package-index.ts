import { setTimeout as sleep } from 'node:timers/promises'
import { decodeText, DocumentError, readJson } from '@canary-gate/documents'
import { z } from 'zod'
import { inconclusive, redact } from '@canary-gate/gate-kernel'
import { type DistributionFile, distributionFile, type Published } from './published.ts'
import {
  describeFilename,
  readSimplePage,
  requireProject,
  simplePageTypes,
  simplePath,
} from './simple-page.ts'
import { sameVersion } from './version.ts'

const projectPage = z.object({
  info: z.object({ name: z.string() }),
  releases: z.record(z.string(), z.array(distributionFile)),
})

/** A project with years of releases has a few megabytes. */
const maximumBytes = 64 * 1024 * 1024
/** Wheels with native code have some hundred megabytes at most. */
const maximumFileBytes = 512 * 1024 * 1024

const pageLimitMs = 30_000
const fileLimitMs = 300_000
const attempts = 3
const pauseMs = 250

/** Base URL of an index, whether it was named as such or as pip names it, with `/simple` at the end. */
export function indexBase(url: string): string {
  return url.replace(/\/+$/, '').replace(/\/simple$/, '')
}

/**
 * Reads all published versions of a project from a package index: its JSON document
 * (`<index>/pypi/<project>/json`), or, on a mirror without one, the page that installers read
 * (`<index>/simple/<project>/`).
 *
 * @throws inconclusive stop when the index cannot be asked; a project it does not know is empty
 */
export async function readPublished(indexUrl: string, project: string): Promise<Published> {
  const base = indexBase(indexUrl)
  const document = `${base}/pypi/${encodeURIComponent(project)}/json`
  const { status, text, url } = await get(document, 'application/json')
  if (status === 200) return understood(url, text, (one) => readDocument(one, project))
  if (status !== 404) throw unreadable(document, `answered ${status}`)
  const simple = await get(`${base}${simplePath(project)}`, simplePageTypes)
  if (simple.status === 404) return new Map()
  if (simple.status !== 200) throw unreadable(simple.url, `answered ${simple.status}`)
  return understood(simple.url, simple.text, (one) => readSimplePage(one, project))
}

/** Downloads one file of a version. The caller compares it with the digest that the index names. */
export async function download(file: DistributionFile): Promise<Uint8Array> {
  try {
    const response = await ask(file.url, '*/*', fileLimitMs)
    if (response.status !== 200) throw unreadable(file.url, `answered ${response.status}`)
    const bytes = await boundedBytes(response, maximumFileBytes)
    if (bytes.byteLength <= maximumFileBytes) return new Uint8Array(bytes)
    throw unreadable(file.url, `sent more than ${maximumFileBytes} bytes`)
  } catch (cause) {
    throw cause instanceof TypeError || cause instanceof DOMException
      ? unreadable(file.url, 'could not be reached', cause)
      : cause
  }
}

/**
 * The JSON document of a project: version → files. Pure.
 * @throws DocumentError when it is not one, or of another project
 */
export function readDocument(text: string, project: string): Published {
  const { info, releases } = readJson(projectPage, text, { maximumBytes })
  requireProject(info.name, project)
  for (const [version, files] of Object.entries(releases))
    for (const { filename } of files) requireVersion(filename, version, project)
  return new Map(Object.entries(releases))
}

/** A file is of the version that it is listed under, or the index mixes its releases up. */
function requireVersion(filename: string, version: string, project: string): void {
  const named = describeFilename(filename)
  if (named === null) return
  requireProject(named.project, project)
  if (!sameVersion(named.version, version))
    throw new DocumentError([`${filename} is listed under version ${version}`])
}

/** Mirrors name their files relative to the page. */
function understood(page: string, text: string, read: (text: string) => Published): Published {
  try {
    return new Map(
      [...read(text)].map(([version, files]) => [
        version,
        files.map((file) => ({ ...file, url: new URL(file.url, page).href })),
      ]),
    )
  } catch (cause) {
    throw unreadable(page, 'did not answer with a list of the files of the project', cause)
  }
}

interface Page {
  readonly status: number
  readonly text: string
  /** Where the page was found in the end. */
  readonly url: string
}

/** A read may be repeated: an index behind a cache drops connections now and then. */
async function get(url: string, accept: string, left = attempts): Promise<Page> {
  try {
    const response = await ask(url, accept, pageLimitMs)
    const text = decodeText(await boundedBytes(response, maximumBytes), maximumBytes)
    if (response.status < 500 || left === 1)
      return { status: response.status, text, url: response.url }
  } catch (cause) {
    if (cause instanceof DocumentError) throw unreadable(url, 'answered what cannot be read', cause)
    if (left === 1) throw unreadable(url, 'could not be reached', cause)
  }
  await sleep(pauseMs)
  return get(url, accept, left - 1)
}

/** Stops reading where the bound is passed: what answers without end must not fill the memory. */
async function boundedBytes(response: Response, mostBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let sizeBytes = 0
  for await (const chunk of response.body ?? []) {
    const bytes = chunk as Uint8Array
    chunks.push(bytes)
    sizeBytes += bytes.byteLength
    if (sizeBytes > mostBytes) break
  }
  return Buffer.concat(chunks)
}

/** Follows redirects; name and password of a private index, if its address has them, go ahead. */
async function ask(address: string, accept: string, limitMs: number): Promise<Response> {
  const url = new URL(address)
  const login = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  url.username = url.password = ''
  const authorization = login === ':' ? {} : { authorization: `Basic ${btoa(login)}` }
  return fetch(url, {
    headers: { accept, ...authorization },
    signal: AbortSignal.timeout(limitMs),
  })
}

function unreadable(url: string, what: string, cause?: unknown): Error {
  return inconclusive(
    {
      code: 'index-unreadable',
      cause: 'environment',
      what: `the package index ${what}${reasonOf(cause)}`,
      where: redact(url),
      next: 'check the network and the address of the index (candidate.indexUrl, or --index), then try again',
    },
    { cause },
  )
}

/** `fetch failed` says nothing; what it failed at is in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  const inner = error.cause instanceof Error ? error.cause.message : error.message
  return `: ${redact(inner.split('\n')[0] ?? '')}`
}
