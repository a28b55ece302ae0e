import { existsSync, rmSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { expect } from 'vitest'
import { openFingerprinter, scratchOf } from '../../src/gate/interventions/fingerprint.ts'
import { testRun } from '../evidence/workspace.ts'
import { spec } from '../spec.ts'

spec(
  'GATE/NFR-001',
  'a database that is deleted while its neighbour is read is gone, not unreadable',
  async () => {
    await using world = await testRun()
    const spool = join(world.run.world.canary.home, '.spec-kitty')
    await mkdir(spool, { recursive: true })
    const [first = '', second = ''] = ['a.db', 'b.db'].map((name) => join(spool, name))
    for (const file of [first, second])
      new Database(file).exec('CREATE TABLE queue (id INTEGER PRIMARY KEY)').close()
    const taken = openFingerprinter(world.run).take()
    while (!existsSync(scratchOf(world.run))) await turn()
    rmSync(second)
    expect(Object.keys((await taken).databases)).toEqual([first])
  },
)
