import { createHash } from 'node:crypto'
import { isThere } from '../base/present.ts'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'

/** Why a document is not uploaded. Every skip says so. */
export type SkipReason =
  | 'unsupported_surface'
  | 'unsupported_format'
  | 'oversized'
  | 'content_hash_mismatch'
  | 'not_valid_utf8'
  | 'empty_content'
  | 'sync_disabled'

export type Candidate =
  | {
      readonly kind: 'upload'
      /** Path below the mission's folder, with `/`. */
      readonly path: string
      readonly hash: string
      readonly sizeBytes: number
      readonly body: string
    }
  | { readonly kind: 'skipped'; readonly path: string; readonly reason: SkipReason }

const TOP_LEVEL = [
  'spec.md',
  'plan.md',
  'tasks.md',
  'research.md',
  'quickstart.md',
  'data-model.md',
]
const FOLDERS = ['research/', 'contracts/', 'checklists/']
const FORMATS = ['.md', '.markdown', '.json', '.yaml', '.yml', '.txt', '.csv']
const LARGEST_BYTES = 512 * 1024

export interface Scanned {
  readonly path: string
  readonly hash: string
  readonly sizeBytes: number
}

/** Every file of a mission with its hash, sorted by path; the basis of the dossier. */
export function scan(folder: string): Scanned[] {
  if (!isThere(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => {
      const content = readFileSync(file)
      const path = relative(folder, file).split(sep).join('/')
      return { path, hash: sha256(content), sizeBytes: content.length }
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** Judges one scanned file: uploaded with its content, or skipped with a reason. */
export function judge(folder: string, scanned: Scanned): Candidate {
  const skipped = (reason: SkipReason): Candidate => ({
    kind: 'skipped',
    path: scanned.path,
    reason,
  })
  const bySurface = surfaceReason(scanned.path)
  if (bySurface !== undefined) return skipped(bySurface)
  const file = join(folder, scanned.path)
  if (statSync(file).size > LARGEST_BYTES) return skipped('oversized')
  const content = readFileSync(file)
  if (sha256(content) !== scanned.hash) return skipped('content_hash_mismatch')
  if (content.length === 0) return skipped('empty_content')
  const body = decoded(content)
  if (body === undefined) return skipped('not_valid_utf8')
  return { kind: 'upload', path: scanned.path, hash: scanned.hash, sizeBytes: content.length, body }
}

function surfaceReason(path: string): SkipReason | undefined {
  const isSurface =
    TOP_LEVEL.includes(path) ||
    FOLDERS.some((folder) => path.startsWith(folder)) ||
    /^tasks\/WP\d+[^/]*\.md$/.test(path)
  if (!isSurface) return 'unsupported_surface'
  return FORMATS.includes(extname(path).toLowerCase()) ? undefined : 'unsupported_format'
}

function decoded(content: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content)
  } catch {
    return undefined
  }
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}
