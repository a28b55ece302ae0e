import { execa } from 'execa'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { someEvents } from '../../fixtures/engine/events.ts'
import { temporaryJournal } from '../../fixtures/engine/home.ts'
import { external, loggedIn } from '../../fixtures/engine/receivers.ts'
import { startScriptedServer } from '../../fixtures/engine/scripted-server.ts'
import { drain } from '../../packages/sync-engine/src/delivery/drain.ts'
import { recount } from '../../packages/sync-engine/src/delivery/recount.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import { journalTotals } from '../../packages/sync-engine/src/journal/totals.ts'
import { openJournal } from '../../packages/sync-engine/src/journal/journal.ts'
import { spec } from '../spec.ts'

const WORKER = join(import.meta.dirname, '../../fixtures/engine/worker.ts')

spec(
  ['SYNC/T039', 'SYNC/T045', 'SYNC/NFR-003'],
  'two dispatchers in one process post no event twice, and both end with everything delivered',
  async () => {
    using world = temporaryJournal()
    await using server = await startScriptedServer()
    server.health = { sync_ingress: { limits: { max_events_per_batch: 20 } } }
    capture(world.journal, someEvents(500))
    const other = openJournal({ home: world.home, now: world.journal.now })
    const receivers = [loggedIn(server.url), loggedIn(server.url)]
    const reports = await Promise.all([
      drain({ journal: world.journal, receiver: receivers[0]! }),
      drain({ journal: other, receiver: receivers[1]! }),
    ])
    expect(reports.map(({ counts }) => counts.undelivered)).toEqual([0, 0])
    expect(server.batches.flatMap(({ ids }) => ids)).toHaveLength(500)
    for (const receiver of receivers) await receiver.close()
    other.close()
  },
)

spec('SYNC/T039', 'a daemon that finds another dispatcher at work leaves it alone', async () => {
  using world = temporaryJournal()
  await using server = await startScriptedServer()
  capture(world.journal, someEvents(10))
  const receiver = external(server.endpoint)
  let seen = ''
  await drain({
    journal: world.journal,
    receiver,
    onProgress: ({ kind }) => {
      if (kind !== 'claimed' || seen !== '') return
      seen = 'asking'
      void drain({ journal: world.journal, receiver, whenHeld: 'leave' }).then(
        ({ stop }) => (seen = stop.kind),
      )
    },
  })
  await sleep(10)
  expect(seen).toBe('held')
  await receiver.close()
})

spec(
  ['SYNC/T039', 'SYNC/T014', 'SYNC/NFR-003'],
  'two commands that capture and drain, and a daemon, share one home: no lock error, no double post, nothing missing',
  async () => {
    using world = temporaryJournal()
    await using server = await startScriptedServer()
    server.health = { sync_ingress: { limits: { max_events_per_batch: 25 } } }
    const run = (role: string) =>
      execa(process.execPath, [WORKER, role, world.home, server.url, '200'], {
        env: { HOME: world.home },
      })
    const outcomes = await Promise.all([
      run('capture'),
      run('capture-and-drain'),
      run('capture-and-drain'),
      run('daemon'),
    ])
    expect(
      outcomes.map(({ stderr }) =>
        stderr.replace(/.*Experimental.*|.*trace-warnings.*/g, '').trim(),
      ),
    ).toEqual(['', '', '', ''])
    const receiver = loggedIn(server.url)
    const { counts } = await drain({ journal: world.journal, receiver })
    await receiver.close()
    const posted = server.batches.flatMap(({ ids }) => ids)
    expect(posted).toHaveLength(600)
    expect(new Set(posted).size).toBe(600)
    expect(counts).toMatchObject({ delivered: 600, undelivered: 0 })
    expect(journalTotals(world.journal).retained).toBe(600)
    expect(recount(world.journal)).toEqual([])
  },
)
