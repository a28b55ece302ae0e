import { readFile } from 'node:fs/promises'
import {
  type Finding,
  missing,
  openWaiver,
  present,
  readSigningKey,
  readVerifyingKey,
  unknown,
} from '@canary-gate/gate-kernel'
import type { World } from '../world/schema.ts'

/** The keys and the waivers that the configuration names: each can be read, and is what it should be. */
export async function examineOwnersFiles(world: World, now: () => Date): Promise<Finding[]> {
  const { evidence, waivers } = world
  return [
    ...(await examineKey('evidence.signingKey', evidence.signingKey, readSigningKey)),
    ...(await examineKey('waivers.verifyingKey', waivers?.verifyingKey, readVerifyingKey)),
    ...(await Promise.all(
      (waivers?.files ?? []).map((file) => examineWaiver(file, waivers?.verifyingKey, now)),
    )),
  ]
}

async function examineKey(
  subject: string,
  file: string | undefined,
  read: (file: string) => Promise<{ readonly id: string }>,
): Promise<Finding[]> {
  if (file === undefined) return []
  try {
    return [present(subject, `key ${(await read(file)).id.slice(0, 12)} in ${file}`)]
  } catch (error) {
    return [missing(subject, messageOf(error), `let ${subject} name an Ed25519 key in PEM`)]
  }
}

/** A waiver that is not honoured stops no run: it is as if it were not there. */
async function examineWaiver(
  file: string,
  keyFile: string | undefined,
  now: () => Date,
): Promise<Finding> {
  const subject = 'waivers.files'
  const next = 'have the owner sign another one (docs/waivers.md), or leave it out'
  try {
    const key = keyFile === undefined ? undefined : await readVerifyingKey(keyFile)
    const opened = openWaiver(await readFile(file), key)
    if (opened.waiver === null) return unknown(subject, `${file}: ${opened.why}`, next)
    const { requirement, candidate, until } = opened.waiver
    const seen = `${file} waives ${requirement} of ${candidate} until ${until}`
    return Date.parse(until) > now().getTime()
      ? present(subject, seen)
      : unknown(subject, `${seen}: it has expired`, next)
  } catch (error) {
    return unknown(subject, `${file}: ${messageOf(error)}`, next)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
