import { lstat, readFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { ifAbsent } from '@canary-gate/documents'
import {
  compareWithTree,
  type Manifest,
  manifestDigest,
  manifestName,
  manifestSchema,
} from './manifest.ts'
import { sealRecordOf, sealRecordSchema } from './seal.ts'
import { readTree } from './tree.ts'

/** What an auditor is told about an evidence folder. */
export interface VerifyReport {
  readonly folder: string
  /** True only if there is no problem at all. */
  readonly ok: boolean
  /** False where neither a manifest nor a record of a seal is there: then nothing is known. */
  readonly sealed: boolean
  /** Digest of the manifest as it lies on disk, or null if there is none. */
  readonly manifestSha256: string | null
  readonly files: number
  /** What the manifest's digest was compared with: nothing outside means self-consistent only. */
  readonly anchors: readonly string[]
  readonly problems: readonly string[]
}

/** A digest of the manifest that was kept outside the folder, and where it was found. */
export interface Anchor {
  readonly from: string
  readonly manifestSha256: string
}

/**
 * Checks a sealed attempt offline: every byte is read and hashed again, nothing that merely looks
 * like a digest is believed, and what cannot be parsed is a problem, because whoever edits evidence
 * controls the manifest too. Finds edited, added, removed, renamed and swapped files, links, and,
 * against a digest kept outside, a manifest that was rewritten to match (GATE/NFR-003).
 */
export async function verifyEvidence(
  path: string,
  given: readonly Anchor[] = [],
): Promise<VerifyReport> {
  const folder = resolve(path)
  const { text, problem } = await readManifest(folder)
  const beside = await anchorBeside(folder)
  if (text === null) return withoutManifest(folder, problem, [...given, ...beside.anchors])
  const anchors = [...given, ...beside.anchors]
  const parsed = parseManifest(text)
  const files = parsed.manifest === null ? [] : await checkFiles(folder, parsed.manifest, given)
  const digest = manifestDigest(text)
  const problems = [
    ...parsed.problems,
    ...beside.problems,
    ...anchors.flatMap((anchor) => compareAnchor(anchor, digest)),
    ...(anchors.length === 0 ? [unanchored] : []),
    ...files,
  ]
  return {
    folder,
    ok: problems.length === 0,
    sealed: true,
    manifestSha256: digest,
    files: parsed.manifest?.files.length ?? 0,
    anchors: anchors.map(({ from }) => from),
    problems,
  }
}

const unanchored =
  'no record of the seal outside the folder: give --manifest-sha256 or --run, ' +
  'or keep the .seal.json beside it'

/** Where a seal is recorded elsewhere, the manifest was there once, and somebody removed it. */
function withoutManifest(folder: string, problem: string, seals: readonly Anchor[]): VerifyReport {
  const anchors = seals.map(({ from }) => from)
  const problems = [problem, ...anchors.map((from) => `and yet its seal is recorded: ${from}`)]
  const sealed = seals.length > 0
  return { folder, ok: false, sealed, manifestSha256: null, files: 0, anchors, problems }
}

async function readManifest(folder: string): Promise<{ text: string | null; problem: string }> {
  const file = `${folder}/${manifestName}`
  try {
    if (!(await lstat(folder)).isDirectory()) return { text: null, problem: 'not a folder' }
    if (!(await lstat(file)).isFile())
      return { text: null, problem: 'the manifest is not a plain file' }
    return { text: await readFile(file, 'utf8'), problem: '' }
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const reason = code === 'ENOENT' ? `it has no ${manifestName}` : message
    return { text: null, problem: `not sealed: ${reason}` }
  }
}

function parseManifest(text: string): { manifest: Manifest | null; problems: string[] } {
  try {
    return { manifest: manifestSchema.parse(JSON.parse(text)), problems: [] }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    return { manifest: null, problems: [`the manifest is not a manifest: ${reason}`] }
  }
}

/** A copy under another name is fine where the auditor brought the digest; otherwise it may be a swap. */
async function checkFiles(
  folder: string,
  manifest: Manifest,
  given: readonly Anchor[],
): Promise<string[]> {
  const foreign =
    manifest.attempt === basename(folder) || given.length > 0
      ? []
      : [`the manifest is that of ${manifest.attempt}, the folder is ${basename(folder)}`]
  return [...foreign, ...compareWithTree(manifest, await readTree(folder))]
}

function compareAnchor(anchor: Anchor, digest: string): string[] {
  if (anchor.manifestSha256.toLowerCase() === digest) return []
  return [`manifest changed: SHA-256 ${digest}, recorded ${anchor.manifestSha256} (${anchor.from})`]
}

async function anchorBeside(folder: string): Promise<{ anchors: Anchor[]; problems: string[] }> {
  const file = sealRecordOf(folder)
  const text = await readFile(file, 'utf8').catch(ifAbsent(null))
  if (text === null) return { anchors: [], problems: [] }
  try {
    const record = sealRecordSchema.parse(JSON.parse(text))
    if (record.attempt !== basename(folder)) {
      return { anchors: [], problems: [`the seal record is that of ${record.attempt} (${file})`] }
    }
    return { anchors: [{ from: file, manifestSha256: record.manifestSha256 }], problems: [] }
  } catch {
    return { anchors: [], problems: [`the seal record cannot be read (${file})`] }
  }
}
