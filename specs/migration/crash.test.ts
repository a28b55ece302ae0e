import { execa } from 'execa'
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { eventId, GENERATIONS, writeQueue, type Generation } from '../../fixtures/cli/queues.ts'
import { temporaryFolder } from '../../fixtures/cli/world.ts'
import { spec } from '../spec.ts'
import { logInAt, migrateAt, snapshot, stateOf, withoutReserve } from './state.ts'

interface Homes extends Disposable {
  readonly folder: string
  /** A home as it is before any migration. */
  readonly fresh: (name: string) => string
}

/** Two sources of one generation with new, common, divergent and unreadable rows and documents. */
function homes(generation: Generation): Homes {
  const folder = temporaryFolder('migration-crash-')
  const template = join(folder, 'template')
  mkdirSync(template, { mode: 0o700 })
  logInAt(template)
  withoutReserve(template)
  const common = { id: eventId(2), second: 2 }
  writeQueue(join(template, 'queue.db'), {
    generation,
    events: [{ id: eventId(1), second: 1 }, common, { id: eventId(3), second: 3, note: 'one' }],
    bodies: [{ mission: 'm', path: 'spec.md' }],
    failures: [{ mission: 'm', path: 'plan.md' }],
  })
  writeQueue(join(template, 'queues', 'queue-0123456789abcdef.db'), {
    generation,
    events: [
      common,
      { id: eventId(4), second: 4 },
      { id: eventId(5), second: 5, data: 'not json' },
    ],
    bodies: [{ mission: 'm', path: 'tasks.md' }],
  })
  writeQueue(join(template, 'queues', 'queue-fedcba9876543210.db'), {
    generation,
    events: [
      { id: eventId(3), second: 6, note: 'two' },
      { id: eventId(6), second: 7 },
    ],
  })
  return {
    folder,
    fresh: (name) => {
      const home = join(folder, name)
      cpSync(template, home, { recursive: true })
      return home
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

for (const generation of GENERATIONS)
  spec(
    ['SYNC/T058', 'SYNC/NFR-005', 'BOUNDARY/FR-002'],
    `a kill at any statement and a second run end as an undisturbed run does (${generation})`,
    () => {
      using scene = homes(generation)
      const undisturbed = scene.fresh('undisturbed')
      migrateAt(undisturbed)
      const expected = stateOf(undisturbed)
      const struck = scene.fresh('struck')
      let count = 0
      // The page cache outlives a killed process, so a copy of the files is what the kill leaves.
      migrateAt(struck, () => snapshot(struck, join(scene.folder, `at-${(count += 1)}`)))
      expect(count).toBeGreaterThan(40)
      for (let at = 1; at <= count; at += 1) {
        const home = join(scene.folder, `at-${at}`)
        migrateAt(home)
        expect(stateOf(home), `killed at statement ${at}`).toEqual(expected)
      }
    },
  )

spec(
  ['SYNC/T058', 'SYNC/NFR-005'],
  'real processes, really killed, leave what a second run completes',
  async () => {
    using scene = homes('current')
    const undisturbed = scene.fresh('undisturbed')
    migrateAt(undisturbed)
    const expected = stateOf(undisturbed)
    const program = fileURLToPath(new URL('./killed.ts', import.meta.url))
    const kill = async (at: number): Promise<void> => {
      const home = scene.fresh(`killed-${at}`)
      const child = await execa(process.execPath, [program, home, String(at)], { reject: false })
      expect(child.signal).toBe('SIGKILL')
      migrateAt(home)
      expect(stateOf(home), `killed at statement ${at}`).toEqual(expected)
    }
    await Promise.all([10, 20, 30, 40].map(kill))
  },
)
