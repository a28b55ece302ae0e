import { z } from 'zod'
import { byPath, type FileEntry, sha256Of, type Tree } from './tree.ts'

/** The manifest's own name; it is the one file of an attempt that it does not list. */
export const manifestName = 'manifest.json'

const path = z
  .string()
  .min(1)
  .refine((text) => !text.startsWith('/') && !text.split('/').includes('..'), 'leaves the folder')

/** What is sealed: every file with size and digest. The seal is the digest of this document. */
export const manifestSchema = z.strictObject({
  format: z.literal('canary-gate/evidence-manifest/1'),
  /** Name of the attempt folder, so that a manifest cannot be carried to another attempt. */
  attempt: z.string().min(1),
  sealedAt: z.iso.datetime(),
  files: z.array(
    z.strictObject({
      path,
      sizeBytes: z.int().nonnegative(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
})
export type Manifest = z.infer<typeof manifestSchema>

/** The exact bytes of a manifest: sorted by path, so that equal evidence has an equal seal. */
export function manifestText(attempt: string, files: readonly FileEntry[], sealedAt: Date): string {
  const manifest: Manifest = {
    format: 'canary-gate/evidence-manifest/1',
    attempt,
    sealedAt: sealedAt.toISOString(),
    files: [...files].sort(byPath),
  }
  return `${JSON.stringify(manifest, null, 2)}\n`
}

/** Digest of the manifest's bytes: the one value that an auditor has to keep elsewhere. */
export function manifestDigest(text: string): string {
  return sha256Of(text)
}

/** What differs between a manifest and the tree it claims to describe; empty if nothing does. */
export function compareWithTree(manifest: Manifest, tree: Tree): string[] {
  const actual = new Map(tree.files.map((file) => [file.path, file]))
  actual.delete(manifestName)
  const problems = manifest.files.flatMap((listed) => {
    const found = actual.get(listed.path)
    actual.delete(listed.path)
    return compareEntry(listed, found)
  })
  return [
    ...problems,
    ...doubleEntries(manifest),
    ...[...actual.keys()].map((added) => `added after sealing: ${added}`),
    ...tree.oddities.map((odd) => `neither file nor folder: ${odd}`),
    ...tree.emptyFolders.map((empty) => `empty folder, added or emptied after sealing: ${empty}`),
  ]
}

function compareEntry(listed: FileEntry, found: FileEntry | undefined): string[] {
  if (found === undefined) return [`missing: ${listed.path}`]
  if (found.sizeBytes !== listed.sizeBytes) {
    return [`size changed: ${listed.path} has ${found.sizeBytes} bytes, sealed ${listed.sizeBytes}`]
  }
  if (found.sha256 !== listed.sha256) {
    return [`content changed: ${listed.path} has SHA-256 ${found.sha256}, sealed ${listed.sha256}`]
  }
  return []
}

function doubleEntries(manifest: Manifest): string[] {
  const seen = new Set<string>()
  return manifest.files.flatMap(({ path: listed }) => {
    if (seen.has(listed)) return [`listed twice in the manifest: ${listed}`]
    seen.add(listed)
    return []
  })
}
