import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ifAbsent } from '@canary-gate/documents'
import { z } from 'zod'
import { sha256Of } from '../evidence/tree.ts'
import type { Evidence } from '../evidence/run-evidence.ts'

const digest = z.string().regex(/^[0-9a-f]{64}$/)

const schema = z.strictObject({
  /** Digest of the gate that proved it, and of the world in which it did. */
  gateSha256: digest,
  worldSha256: digest,
  /** Requirements that passed, by id. */
  passed: z.array(z.string()),
  /** Fact → digest of its file. */
  facts: z.record(z.string(), digest),
})

/** `<run folder>/record.json`: what a stopped run proved, for a later run that resumes it. */
export type ResumeRecord = z.infer<typeof schema>

/**
 * Whether a run leaves a record. A weakened one does not, because its passes prove less, nor one that
 * began to publish: that is completed, not repeated. A dry run is only silent, not weaker.
 */
export function leavesRecord({ weakenings, publication }: Evidence): boolean {
  return publication.status === 'withheld' && weakenings.every(({ code }) => code === 'dry-run')
}

/** Leaves the record of a run that ended on a hold. */
export async function leaveRecord(
  gateSha256: string,
  runFolder: string,
  evidence: Evidence,
): Promise<void> {
  if (!leavesRecord(evidence)) return
  const worldSha256 = await worldDigest(runFolder)
  if (worldSha256 === undefined) return
  const passed = evidence.requirements.filter(({ verdict }) => verdict === 'pass')
  const record: ResumeRecord = {
    gateSha256,
    worldSha256,
    passed: passed.map(({ id }) => id),
    facts: await factDigests(runFolder),
  }
  await writeFile(fileOf(runFolder), `${JSON.stringify(record, null, 2)}\n`, { flag: 'wx' })
}

/** The record of a run and whether its facts are still what they were, or why there is none. */
export async function readRecord(
  runFolder: string,
): Promise<
  | { readonly kind: 'record'; readonly record: ResumeRecord }
  | { readonly kind: 'none'; readonly why: string }
> {
  const text = await readFile(fileOf(runFolder), 'utf8').catch(() => undefined)
  if (text === undefined) return { kind: 'none', why: 'it left no record of a stop' }
  const parsed = schema.safeParse(parseJson(text))
  if (!parsed.success) return { kind: 'none', why: 'its record cannot be read' }
  const now = await factDigests(runFolder)
  const changed = [...new Set([...Object.keys(parsed.data.facts), ...Object.keys(now)])].filter(
    (name) => parsed.data.facts[name] !== now[name],
  )
  return changed.length === 0
    ? { kind: 'record', record: parsed.data }
    : { kind: 'none', why: `its facts were changed after it ended: ${changed.join(', ')}` }
}

/** Digest of the world that a run was given; undefined if it never began. */
export async function worldDigest(runFolder: string): Promise<string | undefined> {
  return readFile(join(runFolder, 'world.json')).then(sha256Of, () => undefined)
}

async function factDigests(runFolder: string): Promise<Record<string, string>> {
  const folder = join(runFolder, 'facts')
  const names = (await readdir(folder).catch(ifAbsent([]))).filter((name) => name.endsWith('.json'))
  const entries = names.sort().map(async (name) => {
    return [name.replace(/\.json$/, ''), sha256Of(await readFile(join(folder, name)))] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function fileOf(runFolder: string): string {
  return join(runFolder, 'record.json')
}
