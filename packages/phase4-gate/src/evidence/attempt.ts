import type { Dirent } from 'node:fs'
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import {
  failed,
  fingerprintTree,
  inconclusive,
  manifestName,
  redactAll,
  sha256Of,
  sha256OfFile,
} from '@canary-gate/gate-kernel'
import type { GateRun } from '../run/run.ts'
import { knownSecrets } from '../world/known-secrets.ts'

/** An attempt folder that is still open: evidence may be added, nothing may be replaced. */
export interface Attempt {
  /** Absolute path. */
  readonly folder: string
  readonly number: number
  /**
   * Copies a file into the attempt and reads the copy back. Secrets are redacted on the way.
   * @param from absolute path of the file
   * @param as path inside the attempt, `/` between its parts
   * @throws GateStop if the source cannot be read or `as` already exists
   */
  preserve(from: string, as: string): Promise<Preserved>
  /** Writes generated evidence under the same rules. */
  write(as: string, data: string | Uint8Array): Promise<Preserved>
}

interface Preserved {
  /** Path inside the attempt. */
  readonly path: string
  readonly sha256: string
  /** Kinds of secrets that were redacted; empty if the copy equals its source byte for byte. */
  readonly redacted: readonly string[]
}

/** Folder that holds all attempts: `<e2e checkout>/artifacts/sync_identity_boundary`. */
export function attemptsFolder(run: GateRun): string {
  return join(run.world.checkouts.e2e, 'artifacts', 'sync_identity_boundary')
}

/**
 * Creates `<tag>-attempt<N>` with the first free N. `mkdir` either creates the folder or fails, so
 * two gates that race for one number never share it (GATE/FR-010). Fingerprints all other attempts
 * and records both as the fact `attempt`.
 */
export async function openAttempt(run: GateRun, tag: string): Promise<Attempt> {
  const root = attemptsFolder(run)
  await mkdir(root, { recursive: true })
  const { folder, number } = await claimFirstFree(root, tag)
  const earlier = await fingerprintAttempts(root, basename(folder))
  await run.facts.write('attempt', { folder, number, earlier })
  return attemptIn(folder, number, knownSecrets(run.world))
}

/** Takes up the attempt that an earlier requirement of this run opened. */
export async function resumeAttempt(run: GateRun): Promise<Attempt> {
  const { folder, number } = await run.facts.read('attempt')
  return attemptIn(folder, number, knownSecrets(run.world))
}

/**
 * Digest per attempt folder and per record of a seal beside one, `except` those of one attempt: read
 * before and after, they must be equal.
 */
export async function fingerprintAttempts(
  root: string,
  except: string,
): Promise<Record<string, string>> {
  const entries = await readdir(root, { withFileTypes: true })
  const earlier = entries.filter(
    ({ name }) => /-attempt\d+(?:\.seal\.json)?$/.test(name) && attemptOf(name) !== except,
  )
  const digests = await Promise.all(
    earlier
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(async (entry) => [entry.name, await digestOf(root, entry)] as const),
  )
  return Object.fromEntries(digests)
}

function attemptOf(name: string): string {
  return name.replace(/\.seal\.json$/, '')
}

/** What is neither file nor folder has no content to keep; that it is one is what must not change. */
async function digestOf(root: string, entry: Dirent): Promise<string> {
  const path = join(root, entry.name)
  if (entry.isDirectory()) return fingerprintTree(path)
  return entry.isFile() ? sha256OfFile(path) : sha256Of('neither file nor folder')
}

async function claimFirstFree(
  root: string,
  tag: string,
): Promise<{ folder: string; number: number }> {
  if (!/^[\w.-]+$/.test(tag)) {
    throw failed({
      code: 'attempt-name',
      what: `the tag "${tag}" cannot name a folder`,
      where: root,
      next: 'use a tag of letters, digits, dots and dashes',
    })
  }
  for (let number = 1; ; number += 1) {
    const folder = join(root, `${tag}-attempt${number}`)
    try {
      await mkdir(folder)
      return { folder, number }
    } catch (cause) {
      if (!hasCode(cause, 'EEXIST')) throw cause
    }
  }
}

function attemptIn(folder: string, number: number, secrets: readonly string[]): Attempt {
  const write: Attempt['write'] = async (as, data) => {
    const { bytes, redacted } = withoutSecrets(data, secrets)
    const target = placeOf(folder, as)
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, bytes, { flag: 'wx' }).catch((cause: unknown) => {
      throw hasCode(cause, 'EEXIST') ? overwriting(target) : cause
    })
    await confirmCopy(target, sha256Of(bytes))
    await chmod(target, 0o444)
    return { path: as, sha256: sha256Of(bytes), redacted }
  }
  return {
    folder,
    number,
    write,
    preserve: async (from, as) => write(as, await readSource(from)),
  }
}

/** Text is redacted; bytes that are not UTF-8 stay as they are (the seal scans them once more). */
function withoutSecrets(
  data: string | Uint8Array,
  secrets: readonly string[],
): { bytes: Uint8Array; redacted: readonly string[] } {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data
  const text = Buffer.from(bytes).toString('utf8')
  if (!Buffer.from(text).equals(bytes)) return { bytes, redacted: [] }
  const { text: clean, found } = redactAll(text, secrets)
  return found.length === 0
    ? { bytes, redacted: [] }
    : { bytes: Buffer.from(clean), redacted: found }
}

function placeOf(folder: string, as: string): string {
  const target = join(folder, as)
  const inside = relative(folder, target)
  if (
    inside === '' ||
    inside === '..' ||
    inside.startsWith(`..${sep}`) ||
    inside === manifestName
  ) {
    throw new TypeError(`"${as}" is no place for evidence inside ${folder}`)
  }
  return target
}

async function readSource(from: string): Promise<Uint8Array> {
  return readFile(from).catch((cause: unknown) => {
    throw inconclusive(
      {
        code: 'evidence-unreadable',
        what: 'a file that must be preserved as evidence cannot be read',
        where: from,
        next: 'check the file and its permissions, then run the gate again',
      },
      { cause },
    )
  })
}

async function confirmCopy(target: string, expected: string): Promise<void> {
  const actual = await sha256OfFile(target)
  if (actual === expected) return
  throw inconclusive({
    code: 'evidence-copy-differs',
    what: `the copy has SHA-256 ${actual}, written was ${expected}`,
    where: target,
    next: 'check the disk, then run the gate again: a new attempt folder will be used',
  })
}

function overwriting(target: string): Error {
  return failed({
    code: 'evidence-overwrite',
    cause: 'cannot-tell',
    what: 'evidence of this name exists already and is never overwritten',
    where: target,
    next: 'run the gate again: a new attempt folder will be used',
  })
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
