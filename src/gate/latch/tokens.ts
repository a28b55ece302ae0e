import { access, mkdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type GateId, gateOrder } from '../register.ts'

/**
 * The positive latch. A requirement may begin only if every earlier one left a pass token, and a
 * token is written only for a module that demonstrably passed. Stopping on failure alone would not
 * do: an import error, an empty file or a killed worker ends no run, and later files would pass.
 */

/** Records that a requirement passed. */
export async function writePassToken(runFolder: string, id: GateId, now: Date): Promise<void> {
  await mkdir(join(runFolder, 'tokens'), { recursive: true })
  await writeFile(tokenOf(runFolder, id), `${now.toISOString()}\n`, { flag: 'wx' })
}

/** The first requirement before `id` that has no pass token, or undefined if `id` may begin. */
export async function firstUnproven(runFolder: string, id: GateId): Promise<GateId | undefined> {
  for (const earlier of gateOrder.slice(0, gateOrder.indexOf(id))) {
    if (!(await exists(tokenOf(runFolder, earlier)))) return earlier
  }
  return undefined
}

/** The requirement that a gate file proves, read from its name: `02-FR-001-blockers.test.ts`. */
export function requirementOfFile(path: string): GateId | undefined {
  const local = /^\d+-((?:FR|NFR|C)-\d{3})-/.exec(basename(path))?.[1]
  return gateOrder.find((id) => id === `GATE/${local ?? ''}`)
}

function tokenOf(runFolder: string, id: GateId): string {
  return join(runFolder, 'tokens', `${id.replace('/', '-')}.passed`)
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
