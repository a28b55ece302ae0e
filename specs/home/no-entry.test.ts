import { execa } from 'execa'
import { chownSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { cliWorld, PROGRAM, words } from '../../fixtures/cli/world.ts'
import { userName } from '../../packages/sync-engine/src/base/user-name.ts'
import { spec } from '../spec.ts'

/** A number that no system has an entry of. */
const NOBODY_AT_ALL = 1_234_567

spec('BOUNDARY/C-006', 'a user without a name is told by its number', () => {
  const missing = (): never => {
    throw new Error('uv_os_get_passwd returned ENOENT')
  }
  expect(userName(missing)).toBe(`uid-${process.getuid?.() ?? 'unknown'}`)
  expect(userName(() => ({ username: 'robin' }))).toBe('robin')
})

spec(
  ['BOUNDARY/C-006', 'SYNC/FR-017'],
  'a process whose user the system has no entry of captures, decides and is told what to set, as in a container',
  async () => {
    await using world = cliWorld()
    // Only the superuser can step down to such a user; for another one the commands run as they are.
    const uid = world.handOver() === undefined ? undefined : NOBODY_AT_ALL
    const entries = readdirSync(world.folder, { recursive: true, encoding: 'utf8' })
    if (uid !== undefined)
      for (const path of ['', ...entries]) chownSync(join(world.folder, path), uid, uid)
    const run = (line: string, env = world.env) =>
      execa(process.execPath, [PROGRAM, ...words(line)], {
        cwd: world.project,
        env,
        extendEnv: false,
        reject: false,
        ...(uid !== undefined && { uid, gid: uid }),
      })
    for (const line of [
      'agent mission create demo',
      'agent tasks move-task WP01 --to claimed',
      'sync allow --revoke',
      'sync status',
    ]) {
      const { exitCode, stderr } = await run(line)
      expect([line, exitCode, stderr]).toEqual([line, 0, ''])
    }
    if (uid === undefined) return
    const lost = await run('sync status', { PATH: world.env['PATH'] })
    expect([lost.exitCode, lost.stderr]).toEqual([2, expect.stringContaining('SPEC_KITTY_HOME')])
  },
)
