import { chmod, lstat, readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { failed } from '../stop/verdict.ts'
import { redactAll } from '../secrets/redact.ts'
import { manifestDigest, manifestName, manifestText } from './manifest.ts'
import { readTree, type Tree } from './tree.ts'

/** Recorded outside the attempt, because a seal inside could be exchanged together with it. */
export interface Seal {
  /** Absolute path of the manifest. */
  readonly manifest: string
  readonly manifestSha256: string
  readonly sealedAt: string
}

/** `<attempt folder>.seal.json`, beside the folder: lets `verify` work without any argument. */
export const sealRecordSchema = z.strictObject({
  format: z.literal('canary-gate/evidence-seal/1'),
  attempt: z.string(),
  manifestSha256: z.string(),
  sealedAt: z.iso.datetime(),
})

export function sealRecordOf(folder: string): string {
  return `${folder}.seal.json`
}

/**
 * Ends an attempt: scans it for secrets, writes the manifest exclusively, makes everything
 * read-only and records the manifest's digest beside the folder (GATE/NFR-003).
 * @param secrets literal tokens to look for, besides the known kinds
 * @throws GateStop if a live secret or a link is found, or if the attempt is sealed already
 */
export async function sealAttempt(
  folder: string,
  { now = new Date(), secrets = [] }: { now?: Date; secrets?: readonly string[] } = {},
): Promise<Seal> {
  const tree = await readTree(folder)
  refuseUnsealable(folder, tree)
  await refuseHardLinks(folder, tree)
  await refuseSecrets(folder, tree, secrets)
  const text = manifestText(basename(folder), tree.files, now)
  const manifest = join(folder, manifestName)
  await writeFile(manifest, text, { flag: 'wx' })
  await makeReadOnly(folder)
  const seal = { manifest, manifestSha256: manifestDigest(text), sealedAt: now.toISOString() }
  await recordBeside(folder, seal)
  return seal
}

/** True if the attempt carries a manifest; whether that one is sound is for `verifyEvidence`. */
export async function isSealed(folder: string): Promise<boolean> {
  return (await readdir(folder)).includes(manifestName)
}

function refuseUnsealable(folder: string, tree: Tree): void {
  if (tree.files.some(({ path }) => path === manifestName)) {
    throw failed({
      code: 'evidence-sealed-already',
      cause: 'cannot-tell',
      what: 'the attempt is sealed already; a seal is never renewed',
      where: join(folder, manifestName),
      next: 'run the gate again: a new attempt folder will be used',
    })
  }
  if (tree.oddities.length > 0) {
    throw failed({
      code: 'evidence-not-plain-files',
      cause: 'cannot-tell',
      what: `the attempt holds what is not a plain file: ${tree.oddities.join(', ')}`,
      where: folder,
      next: 'find out who put it there; links are never evidence',
    })
  }
}

/** A file with a second name elsewhere can be changed there, whatever is done to the folder here. */
async function refuseHardLinks(folder: string, tree: Tree): Promise<void> {
  const findings: string[] = []
  for (const { path } of tree.files) {
    const { nlink } = await lstat(join(folder, path))
    if (nlink > 1) findings.push(`${path} has ${nlink} names`)
  }
  if (findings.length === 0) return
  throw failed({
    code: 'evidence-not-plain-files',
    cause: 'cannot-tell',
    what: `files of the attempt have further names outside of it: ${findings.join(', ')}`,
    where: folder,
    next: 'find out who linked them; what can be changed under another name is not sealed',
    findings,
  })
}

/** Bytes are read as Latin-1, so that a token inside a binary file is found as well. */
async function refuseSecrets(
  folder: string,
  tree: Tree,
  secrets: readonly string[],
): Promise<void> {
  const findings: string[] = []
  for (const { path } of tree.files) {
    const text = await readFile(join(folder, path), 'latin1')
    findings.push(...redactAll(text, secrets).found.map((kind) => `${path}: ${kind}`))
  }
  if (findings.length === 0) return
  throw failed({
    code: 'secret-in-evidence',
    cause: 'environment',
    what: 'a live secret was found in the evidence, so it is not sealed',
    where: folder,
    next: 'revoke the secret, find out which program printed it, then run the gate again',
    findings,
  })
}

async function makeReadOnly(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await makeReadOnly(path)
    else await chmod(path, 0o444)
  }
  await chmod(folder, 0o555)
}

async function recordBeside(folder: string, seal: Seal): Promise<void> {
  const record: z.infer<typeof sealRecordSchema> = {
    format: 'canary-gate/evidence-seal/1',
    attempt: basename(folder),
    manifestSha256: seal.manifestSha256,
    sealedAt: seal.sealedAt,
  }
  const file = join(dirname(folder), basename(sealRecordOf(folder)))
  await writeFile(file, `${JSON.stringify(record, null, 2)}\n`, { flag: 'wx', mode: 0o444 })
}
