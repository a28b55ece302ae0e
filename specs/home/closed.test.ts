import { execa } from 'execa'
import { chmodSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { loggedInWorld, type CliWorld } from '../../fixtures/cli/world.ts'
import { spec } from '../spec.ts'

/** Closes a place of the home to its own user while `work` runs. */
async function whileClosed(
  world: CliWorld,
  [place, mode]: readonly [string, number],
  work: () => Promise<void>,
): Promise<void> {
  const path = join(world.home, place)
  chmodSync(path, mode)
  try {
    await work()
  } finally {
    chmodSync(path, place.endsWith('.db') ? 0o600 : 0o700)
  }
}

const CLOSED = [
  ['.', 0o500],
  ['event_journal', 0],
  ['event_journal', 0o500],
  ['event_journal/journal.db', 0o400],
  ['auth', 0],
  ['queues', 0],
  ['locks', 0],
] as const

const COMMANDS = ['sync status --check --json', 'sync now', 'sync allow']

spec(
  ['BOUNDARY/C-006', 'BOUNDARY/FR-008', 'SYNC/FR-017'],
  'wherever a home is closed to its user, each command is done or refused with a remedy, and none is a bug',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    await world.call('agent mission create demo')
    await world.call('agent tasks move-task WP01 --to claimed')
    await world.call('sync now')
    mkdirSync(join(world.home, 'queues'), { recursive: true })
    for (const [at, closed] of CLOSED.entries())
      await whileClosed(world, closed, async () => {
        for (const line of [...COMMANDS, `agent mission create other-${at}`]) {
          const { code, out, err } = await world.runAsOrdinaryUser(line)
          const said = `${closed.join(' ')} | ${line}\n${out}${err}`
          expect([0, 1, 2], said).toContain(code)
          if (code === 2) expect(said).toMatch(/next: {2}\w|"remedy"/)
        }
      })
  },
)

spec(
  ['BOUNDARY/FR-008', 'SYNC/FR-019'],
  'a journal in a folder that is closed is not an empty one: status says so, and no daemon is begun on it',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    await world.call('agent mission create demo')
    await whileClosed(world, ['event_journal', 0], async () => {
      const status = await world.runAsOrdinaryUser('sync status --check --json')
      expect([status.code, status.json['ok']]).toEqual([2, false])
      expect(status.json['findings']).toMatchObject([{ code: 'home_not_writable' }])
      const started = await world.runAsOrdinaryUser('sync daemon start')
      expect([started.code, started.err]).toEqual([2, expect.stringContaining('event_journal')])
    })
    expect(existsSync(join(world.home, 'daemon', 'owner.json'))).toBe(false)
  },
)

/** And the word of the end: without the journal no delivery can begin, and a closed queue is not read. */
const READABLE = [
  ['.', 0o500, 'delivered'],
  ['event_journal/journal.db', 0o400, 'closed'],
  ['auth', 0o500, 'delivered'],
  ['queues', 0o500, 'stranded'],
] as const

spec(
  ['BOUNDARY/FR-008', 'SYNC/FR-019'],
  'a home that can be read and not changed is not a sound one: status says so, with the command that ends it',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    await world.call('agent mission create demo')
    await world.call('sync now')
    mkdirSync(join(world.home, 'queues'), { recursive: true })
    for (const [place, mode, expected] of READABLE)
      await whileClosed(world, [place, mode], async () => {
        const status = await world.runAsOrdinaryUser('sync status --check --json')
        const findings = status.json['findings'] as { code: string; what: string; remedy: string }[]
        expect([status.code, findings[0]?.code], place).toEqual([2, 'home_not_writable'])
        expect(findings[0]?.what).toContain(join(world.home, place))
        const { word } = status.json['ending'] as { word: string }
        expect(word, place).toBe(expected)
        const uid = world.handOver()
        const user = uid === undefined ? {} : { uid }
        await execa('sh', ['-c', findings[0]?.remedy ?? ''], user)
        const after = await world.runAsOrdinaryUser('sync status --check --json')
        expect([after.code, after.json['findings']], place).toEqual([0, []])
      })
  },
)
