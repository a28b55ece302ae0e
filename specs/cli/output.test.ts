import { execa } from 'execa'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { cliWorld, PROGRAM, type CliWorld } from '../../fixtures/cli/world.ts'
import { eventId, writeQueue } from '../../fixtures/cli/queues.ts'
import { startHostedService } from '../../fixtures/service/index.ts'
import { main } from '../../packages/spec-kitty/src/main.ts'
import { spec } from '../spec.ts'

/** Types a line in a shell where `spec-kitty` stands for the program. */
async function typed(world: CliWorld, line: string) {
  const script = `set -o pipefail; spec-kitty() { "${process.execPath}" "${PROGRAM}" "$@"; }; ${line}`
  const options = { cwd: world.project, env: world.env, extendEnv: false, reject: false } as const
  return execa('bash', ['-c', script], options)
}

spec(
  ['SYNC/T077', 'SYNC/T072'],
  'a reader that goes away ends no command: no trace, the exit code of the command, the work done',
  async () => {
    await using world = cliWorld()
    for (const line of [
      'agent mission create demo',
      'sync status',
      'sync journal list',
      '--help',
    ]) {
      const finished = await typed(world, `spec-kitty ${line} | head -c 0`)
      expect([line, finished.exitCode, finished.stderr]).toEqual([line, 0, ''])
    }
    const listed = await world.call('sync journal list --json')
    expect((listed.json['events'] as unknown[]).length).toBeGreaterThan(0)
    const checked = await typed(world, 'spec-kitty sync status --check --json | head -c 0')
    expect([checked.exitCode, checked.stderr]).toEqual([2, ''])
  },
)

spec(
  ['SYNC/T077', 'SYNC/C-008'],
  'an answer that finds no room on the disk is no success',
  async () => {
    if (!existsSync('/dev/full')) return
    await using world = cliWorld()
    await world.call('agent mission create demo')
    const finished = await typed(world, 'spec-kitty sync export > /dev/full')
    expect(finished.exitCode).toBe(2)
    expect(finished.stderr).toContain('Refused: the output cannot be written')
    expect(finished.stderr).not.toMatch(/\n\s+at /)
  },
)

spec(
  ['SYNC/T077'],
  'Ctrl-C ends a login that waits for its approval at once, without a trace and without a login',
  async () => {
    await using service = await startHostedService({
      login: { approveAs: null, pollIntervalS: 5 },
    })
    await using world = cliWorld(service)
    const child = execa(process.execPath, [PROGRAM, 'auth', 'login', '--headless'], {
      cwd: world.project,
      env: world.env,
      extendEnv: false,
      reject: false,
    })
    await once(child.stderr, 'data')
    child.kill('SIGINT')
    const finished = await child
    expect(finished.signal).toBe('SIGINT')
    expect(finished.stderr).toContain('Visit:')
    expect(finished.stderr).not.toMatch(/\n\s+at /)
    expect(existsSync(join(world.home, 'auth', 'session.json'))).toBe(false)
  },
)

spec(
  ['SYNC/T072', 'SYNC/T077'],
  'no answer is coloured, and a terminal of 40 columns cuts no complaint off',
  async () => {
    await using world = cliWorld()
    for (const line of ['sync status', 'sync --help', 'sync now', 'doctor orphan-daemons'])
      for (const env of [{ NO_COLOR: '1' }, { FORCE_COLOR: '1' }]) {
        const { out, err } = await world.call(line, env)
        expect([line, (out + err).includes('\u001B')]).toEqual([line, false])
      }
    writeQueue(join(world.home, 'queue.db'), { events: [{ id: eventId(1), second: 1 }] })
    let out = ''
    const { env, project: cwd } = world
    const io = { env, cwd, program: PROGRAM, now: Date.now, isTerminal: true, columns: 40 }
    await main(['sync', 'status'], { ...io, out: (text) => (out += text), err: () => undefined })
    const table = out.slice(0, out.indexOf('\n\n')).split('\n')
    expect(table.length).toBeGreaterThan(8)
    for (const line of table) expect(line.length).toBeLessThanOrEqual(40)
    expect(out.replaceAll(/\s+/g, ' ')).toContain(
      `1 row(s) wait in ${join(world.home, 'queue.db')}`,
    )
  },
)
