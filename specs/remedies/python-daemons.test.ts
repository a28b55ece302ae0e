import { execa } from 'execa'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect } from 'vitest'
import { loggedInWorld } from '../../fixtures/cli/world.ts'
import { processStart } from '../../packages/sync-engine/src/base/process-age.ts'
import { endForSure, eventually } from '../daemon/watching.ts'
import { spec } from '../spec.ts'
import { findingsOf } from './state.ts'
import { remediesIn, shellIn } from './typing.ts'

const PLAYED = join(import.meta.dirname, '..', 'daemon', 'play-python-daemon.ts')

/** Daemons of the Python generation: what they are started with, and what is to be typed against them. */
const PYTHON: Readonly<Record<string, { words: readonly string[]; types: RegExp }>> = {
  'that can be asked': { words: ['state'], types: /^spec-kitty doctor orphan-daemons --retire$/ },
  'that no state file names': { words: ['-'], types: /^kill \d+$/ },
  'that does not show the token of its state file': {
    words: ['state', 'another'],
    types: /^kill \d+$/,
  },
}

for (const [name, { words, types }] of Object.entries(PYTHON))
  spec(
    ['BOUNDARY/FR-010', 'BOUNDARY/FR-009', 'BOUNDARY/C-002'],
    `what status and doctor print against a daemon of the Python generation ${name} ends it`,
    async () => {
      // Elsewhere a process does not tell whose home it serves, so it is not listed at all.
      if (process.platform !== 'linux') return
      await using world = await loggedInWorld()
      const [state, ...token] = words
      const file = state === 'state' ? join(world.home, 'sync-daemon') : '-'
      const child = execa(process.execPath, [PLAYED, 'run_sync_daemon', file, ...token], {
        env: { SPEC_KITTY_HOME: world.home },
        reject: false,
      })
      const pid = child.pid ?? 0
      try {
        await once(child.stdout, 'data')
        const shell = shellIn(world)
        const [found] = findingsOf((await shell.type('spec-kitty sync status --json')).out)
        expect(found).toMatchObject({
          code: 'daemon_python',
          remedy: expect.stringMatching(types) as string,
        })
        const listed = await shell.type('spec-kitty doctor orphan-daemons')
        expect(remediesIn(listed.out)).toEqual([found!.remedy])
        const typed = await shell.type(found!.remedy)
        expect(typed.code, typed.out + typed.err).toBe(0)
        await eventually(() => expect(processStart(pid)).toBeUndefined())
        expect((await shell.type('spec-kitty sync status --check')).code).toBe(0)
        expect((await shell.type('spec-kitty doctor orphan-daemons')).code).toBe(0)
      } finally {
        endForSure(pid)
      }
    },
  )
