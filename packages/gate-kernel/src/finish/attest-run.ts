import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { attest } from '../attestation/attest.ts'
import { readSigningKey, type SigningKey } from '../attestation/key.ts'
import type { ReadDocument } from '../attestation/rules.ts'
import type { Gate } from '../definition/gate.ts'
import type { Evidence } from '../evidence/run-evidence.ts'
import { openRun } from '../run/run.ts'

/** What is attested, and by which gate. */
interface Attested {
  readonly gate: Gate
  readonly folder: string
  readonly now: () => Date
}

/**
 * Attests a run that has ended: seal, test result and summary, signed where the world names a key. The
 * key is read here, when no program of the gate runs any more, and is never in an environment.
 */
export async function attestRun(
  { gate, folder, now }: Attested,
  evidence: Evidence,
): Promise<void> {
  const read = documentReader(folder, evidence.attempt?.folder)
  await attest({
    documents: {
      runFolder: folder,
      attemptFolder: evidence.attempt?.folder ?? null,
      logs: await gate.evidence.logsOf(read),
    },
    evidence,
    candidate: await gate.evidence.candidateOf(read),
    inputs: await gate.evidence.inputsOf(read),
    toolVersion: await ownVersion(),
    now: now(),
    key: await keyOf(gate, folder),
  })
}

async function keyOf(gate: Gate, folder: string): Promise<SigningKey | undefined> {
  const run = await openRun(gate, folder, () => undefined).catch(() => undefined)
  const file = run === undefined ? undefined : gate.signingKey(run.world)
  return file === undefined ? undefined : readSigningKey(file)
}

/** What cannot be read is missing: the verification says so, with its name. */
function documentReader(runFolder: string, attempt: string | undefined): ReadDocument {
  return async (name) => {
    const [place = '', ...path] = name.split('/')
    const folder = place === 'attempt' ? attempt : runFolder
    if (folder === undefined) return undefined
    const text = await readFile(join(folder, ...path), 'utf8').catch(() => undefined)
    return text === undefined ? undefined : (JSON.parse(text) as unknown)
  }
}

/** The version of the checkout, or of the installed package, which mirrors it: all packages have the same. */
async function ownVersion(): Promise<string> {
  const manifest = new URL('../../../../package.json', import.meta.url)
  return (JSON.parse(await readFile(manifest, 'utf8')) as { version: string }).version
}
