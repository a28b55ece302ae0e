import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import {
  createShortGate,
  runShortGate,
  type ShortRunResult,
} from '../../fixtures/short-run/short-run.ts'
import { spec } from '../spec.ts'

/** Prepares a short gate in a folder of its own and takes it away afterwards. */
export async function withShortGate(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'short-run-'))
  try {
    await createShortGate(folder)
    await body(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

interface Weakened {
  /** Words after `vitest`; `run gate` if absent. */
  readonly words?: readonly string[]
  readonly variables?: Readonly<Record<string, string>>
  /** Changes the gate's files before the run. */
  readonly prepare?: (folder: string) => Promise<void>
  /** A code of src/gate/report/evidence.ts that the evidence must name; none: no evidence at all. */
  readonly names?: string
}

/** Every weakened run begins after a release, so that a verdict left standing would show. */
export function endsWithoutRelease(name: string, weakened: Weakened): void {
  spec(['GATE/FR-008', 'GATE/FR-011'], `${name}: no release, no publication`, async () => {
    await withShortGate(async (folder) => {
      await weakened.prepare?.(folder)
      const result = await runShortGate(
        folder,
        weakened.words ?? ['run', 'gate'],
        weakened.variables,
      )
      expectNoRelease(result)
      if (weakened.names === undefined) return
      const codes = result.evidence?.weakenings.map((one) => one.code) ?? [result.output]
      expect(codes).toContain(weakened.names)
    })
  })
}

export function expectNoRelease(result: ShortRunResult): void {
  expect(result.publications).toBe(0)
  expect(result.evidence?.verdict ?? 'none').not.toBe('release')
  if (result.evidence !== undefined) expect(result.exitCode).toBe(1)
}
