import { lstat, readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import {
  findingsOf,
  ifAbsent,
  parseJson,
  type PlainFile,
  plainFileVersion,
  readPlainFile,
} from '@canary-gate/documents'
import type { GateRun } from '../run/run.ts'
import { redact, redactValue } from '@canary-gate/gate-kernel'
import { z } from 'zod'
import { attemptsFolder } from '../evidence/attempt.ts'
import { knownSecrets } from '../world/known-secrets.ts'

/** Where the harness writes, below its working folder: `latest.json` and `runs/run-N.json`. */
export interface HarnessOutput {
  readonly latest: string
  runFile(number: number): string
  /** Secrets that this run knows: they are removed before a document is kept or compared. */
  readonly secrets: readonly string[]
}

/** A run document has a few kilobytes; its details may quote a log. */
export const maximumDocumentBytes = 1024 * 1024

export function harnessOutput(run: GateRun): HarnessOutput {
  const folder = join(run.world.canary.cwd, 'artifacts', 'sync_identity_boundary')
  return {
    latest: join(folder, 'latest.json'),
    runFile: (number) => join(folder, 'runs', `run-${number}.json`),
    secrets: knownSecrets(run.world),
  }
}

/** One file of the harness, as it is kept, compared and preserved from here on: without secrets. */
export interface HarnessDocument {
  readonly text: string
  /** Why its bytes are not a document; empty if they are one. */
  readonly problems: readonly string[]
  /** When it was last written, in milliseconds since the epoch. */
  readonly writtenAtMs: number
}

/** What the harness wrote, or why there is nothing to read: not there, or still the one from before. */
export async function readFresh(
  file: string,
  before: OutputBefore,
  secrets: readonly string[],
): Promise<HarnessDocument | { readonly absent: string }> {
  let found: PlainFile
  try {
    found = await readPlainFile(file, maximumDocumentBytes)
  } catch (error) {
    const info = await lstat(file).catch(ifAbsent(null))
    return { absent: info === null ? notWritten : withoutFolder(findingsOf(error), file) }
  }
  // Of the very bytes that were read: another look at the file may be at its successor.
  if (found.version === before.versions.get(file)) return { absent: notWritten }
  return { ...withoutSecrets(found.bytes, secrets), writtenAtMs: found.modifiedAtMs }
}

const notWritten = 'the harness did not write it in this run'

function withoutFolder(findings: readonly string[], file: string): string {
  return findings.join('; ').replaceAll(file, 'it').replace(/^it /, 'it ')
}

/**
 * Redacts value by value, so that what JSON escapes cannot hide a secret, and once more as a text,
 * because that is how evidence is checked when it is sealed.
 */
function withoutSecrets(
  bytes: Uint8Array,
  secrets: readonly string[],
): Pick<HarnessDocument, 'text' | 'problems'> {
  const original = Buffer.from(bytes).toString('utf8')
  try {
    const value = parseJson(bytes, { maximumBytes: maximumDocumentBytes })
    const clean = redactValue(value, secrets)
    const isSame = JSON.stringify(clean) === JSON.stringify(value)
    const text = isSame ? original : `${JSON.stringify(clean, null, 2)}\n`
    return { text: redact(text, secrets), problems: [] }
  } catch (error) {
    return { text: redact(original, secrets), problems: findingsOf(error) }
  }
}

/** What was there before the harness was started: a cached earlier file must not pass. */
export interface OutputBefore {
  readonly versions: ReadonlyMap<string, string>
  /** In upper case, as a ULID is written. */
  readonly runIds: ReadonlySet<string>
}

/** Remembers the output files as they are, and every run id that any attempt has ever preserved. */
export async function rememberOutput(run: GateRun): Promise<OutputBefore> {
  const folders = new Set([attemptsFolder(run), dirname(harnessOutput(run).latest)])
  const files = (await Promise.all([...folders].map(listDocuments))).flat()
  const versions = new Map<string, string>()
  const runIds = new Set<string>()
  for (const file of files) {
    const version = await plainFileVersion(file)
    if (version !== null) versions.set(file, version)
    const id = await runIdOf(file)
    if (id !== null) runIds.add(id.toUpperCase())
  }
  return { versions, runIds }
}

/** Run files that this start wrote besides the expected ones: a run that nobody judges. */
export async function unexpectedRuns(
  output: HarnessOutput,
  before: OutputBefore,
  count: number,
): Promise<string[]> {
  const folder = dirname(output.runFile(1))
  const expected = Array.from({ length: count }, (_, index) => output.runFile(index + 1))
  const names = await readdir(folder).catch(ifAbsent([]))
  const others = names
    .map((name) => join(folder, name))
    .filter((file) => file.endsWith('.json') && !expected.includes(file))
  const fresh: string[] = []
  for (const file of others) {
    if ((await plainFileVersion(file)) !== before.versions.get(file))
      fresh.push(`runs/${basename(file)}: a run that was not asked for`)
  }
  return fresh
}

async function listDocuments(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true, recursive: true }).catch(ifAbsent([]))
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
    .map((entry) => join(entry.parentPath, entry.name))
}

const identified = z.looseObject({ run_id: z.string() })

/** Earlier evidence is read leniently: an id that is found there only makes the gate stricter. */
async function runIdOf(file: string): Promise<string | null> {
  return idIn(await readFile(file, 'utf8').catch(() => ''))
}

/** The run of which a document says that it is; null where it says nothing that can be read. */
export function idIn(text: string): string | null {
  try {
    return identified.parse(JSON.parse(text)).run_id
  } catch {
    return null
  }
}
