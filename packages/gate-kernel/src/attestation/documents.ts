import { basename, join } from 'node:path'
import { type FileEntry, readTree, sha256OfFile } from '../evidence/tree.ts'

/** Folder of the attestations in a run folder; the one part of it that the seal does not list. */
export const attestationsFolder = 'attestations'

/**
 * Parts of a run folder that are not evidence: the world that a rehearsal made for itself, and the
 * attestations, which are made from the rest.
 */
const notSealed = ['workspace', 'looking', attestationsFolder]

/** Where the documents of a run are. */
export interface RunDocuments {
  readonly runFolder: string
  /** The sealed attempt folder; null where the run did not get that far. */
  readonly attemptFolder: string | null
  /** Further files that the verdict rests on, e.g. logs of a suite, by absolute path. */
  readonly logs: readonly string[]
}

/** A file of a run under the name that the seal gives it, and where it is now. */
export interface SealedFile {
  /** `run/evidence.json`, `attempt/runs/run-1.json`, `logs/suite-1.log`. */
  readonly name: string
  readonly sha256: string
}

/** Every file that belongs to a run, sorted by name; and what in its folders is not a plain file. */
export async function readDocuments(
  documents: RunDocuments,
): Promise<{ readonly files: readonly SealedFile[]; readonly irregular: readonly string[] }> {
  const run = await below('run', documents.runFolder)
  const attempt =
    documents.attemptFolder === null ? nothing : await below('attempt', documents.attemptFolder)
  const logs = await Promise.all(documents.logs.map(logEntry))
  const files = [
    ...run.files.filter(({ name }) => !notSealed.includes(name.split('/')[1] ?? '')),
    ...attempt.files,
    ...logs,
  ]
  const irregular = [...run.irregular, ...attempt.irregular].filter(
    (name) => !notSealed.includes(name.split('/')[1] ?? ''),
  )
  return { files: files.sort(byName), irregular }
}

const nothing = { files: [], irregular: [] }

async function below(
  prefix: string,
  folder: string,
): Promise<{ files: SealedFile[]; irregular: string[] }> {
  const tree = await readTree(folder)
  return {
    files: tree.files.map((file) => named(prefix, file)),
    irregular: tree.oddities.map((path) => `${prefix}/${path}`),
  }
}

function named(prefix: string, { path, sha256 }: FileEntry): SealedFile {
  return { name: `${prefix}/${path}`, sha256 }
}

async function logEntry(file: string): Promise<SealedFile> {
  return { name: `logs/${basename(file)}`, sha256: await sha256OfFile(file) }
}

function byName(a: SealedFile, b: SealedFile): number {
  if (a.name === b.name) return 0
  return a.name < b.name ? -1 : 1
}

/** `<run folder>/attestations`. */
export function attestationsOf(runFolder: string): string {
  return join(runFolder, attestationsFolder)
}
