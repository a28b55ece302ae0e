import { expect } from 'vitest'
import { loggedInWorld, type LoggedInWorld, type Variables } from '../../fixtures/cli/world.ts'
import { spec } from '../spec.ts'
import { shellIn } from './typing.ts'

interface Finding {
  readonly code: string
  readonly what: string
  readonly remedy: string
}

/** A state that status complains about, and the surroundings in which it is looked at. */
export interface State {
  readonly code: string
  readonly env?: (world: LoggedInWorld) => Variables
  readonly make: (world: LoggedInWorld) => Promise<void> | void
  /** What happens of itself while the remedy is at work. */
  readonly meanwhile?: (world: LoggedInWorld) => Promise<unknown>
  /** What of the remedy is expected, so that no other one passes for it. */
  readonly types: RegExp
}

export function findingsOf(text: string): Finding[] {
  return (JSON.parse(text) as { findings: Finding[] }).findings
}

/** Brings the state about, types what status prints, and expects the complaint to be gone. */
export function remedyEnds(name: string, { code, env, make, meanwhile, types }: State): void {
  spec(
    ['BOUNDARY/FR-009', 'BOUNDARY/FR-008', 'SYNC/T077'],
    `the remedy that status prints for ${name} ends that complaint`,
    async () => {
      await using world = await loggedInWorld({ firstAnswer: 'success' })
      await make(world)
      const shell = shellIn(world, env?.(world))
      const before = await world.call('sync status --check --json', env?.(world))
      const found = findingsOf(before.out).find((finding) => finding.code === code)
      expect([before.code, found?.remedy]).toEqual([2, expect.stringMatching(types)])
      const [after] = await Promise.all([
        shell.type(found!.remedy, 'spec-kitty sync status --check --json'),
        meanwhile?.(world),
      ])
      const rest = after.out.slice(after.out.indexOf('{\n'))
      expect(
        findingsOf(rest).map((finding) => finding.code),
        after.err,
      ).not.toContain(code)
    },
  )
}
