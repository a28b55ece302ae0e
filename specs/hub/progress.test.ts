import { afterAll, beforeAll, describe, expect } from 'vitest'
import { as, startCluster, whyNoCluster, type Cluster } from '../../fixtures/hub/cluster.ts'
import { tokenFor } from '../../fixtures/hub/hub.ts'
import { openDatabase } from '../../packages/hub/src/index.ts'
import { main } from '../../packages/hub/src/main.ts'
import { retain } from '../../packages/hub/src/operating/retention.ts'
import { migrate } from '../../packages/hub/src/schema/migrate.ts'
import { MIGRATIONS } from '../../packages/hub/src/schema/migrations.ts'
import { spec } from '../spec.ts'

const missing = whyNoCluster()

describe.skipIf(missing !== undefined)(`long commands of the hub ${missing ?? ''}`, () => {
  let cluster: Cluster
  let database: string
  beforeAll(async () => {
    cluster = await startCluster()
    database = await cluster.createDatabase()
    await tokenFor(database, 'acme')
  })
  afterAll(() => cluster[Symbol.asyncDispose]())

  /** Runs a command; `drawn` resolves with the first line that a person sees. */
  function begun(words: readonly string[], isTerminal: boolean) {
    const drawn = Promise.withResolvers<string>()
    const said = { out: '', err: '' }
    const ended = main([...words, '--database', database], {
      isTerminal,
      out: (text) => void (said.out += text),
      err: (text) => {
        said.err += text
        drawn.resolve(text)
      },
    })
    return { drawn: drawn.promise, ended, said }
  }

  /** What is waited for, and the table that keeps each command from its end. */
  const LONG = [
    [['verify'], 'hub.event_key', /verifying acme \(1 of 1\)/],
    [['retain'], 'hub.idempotency', /looking at event_2020_01|waiting for the database/],
    [['migrate'], 'hub.state', /waiting for the database/],
  ] as const

  for (const [words, table, what] of LONG)
    spec(
      'SYNC/T077',
      `${words[0]} says on a terminal what it does, once it takes long, and nowhere else`,
      async () => {
        await as(database, (sql) =>
          sql.unsafe(`CREATE TABLE IF NOT EXISTS hub.event_2020_01 PARTITION OF hub.event
            FOR VALUES FROM ('2020-01-01 00:00:00+00') TO ('2020-02-01 00:00:00+00')`),
        )
        const { person, script, pipe } = await as(database, async (sql) => {
          await sql.unsafe('BEGIN')
          await sql.unsafe(`LOCK TABLE ${table}`)
          const person = begun(words, true)
          const pipe = begun(words, false)
          const script = begun([...words, '--json'], true)
          expect(await person.drawn).toMatch(/, \d+ s $/)
          expect(await person.drawn).toMatch(what)
          await sql.unsafe('COMMIT')
          return { person, script, pipe }
        })
        for (const one of [person, script, pipe]) expect(await one.ended).toBe(0)
        expect(person.said.err).toMatch(/\r\u001b\[K$/)
        expect([script.said.err, pipe.said.err]).toEqual(['', ''])
        expect(pipe.said.out).toBe(person.said.out)
      },
    )

  spec('SYNC/T077', 'each part of a long work has its name', async () => {
    const steps: string[] = []
    const own = await openDatabase({
      url: await cluster.createDatabase(),
      folder: '',
      connections: 1,
    })
    await migrate(own, false, (what) => void steps.push(what))
    expect(steps).toHaveLength(MIGRATIONS.length)
    expect(steps[0]).toBe('applying 1 (tenants, tokens and events)')
    await own.asOperator((session) =>
      session.query(`CREATE TABLE hub.event_2020_01 PARTITION OF hub.event
        FOR VALUES FROM ('2020-01-01 00:00:00+00') TO ('2020-02-01 00:00:00+00')`),
    )
    steps.length = 0
    await retain(own, (what) => void steps.push(what))
    expect(steps).toEqual(['looking at event_2020_01'])
    await own.close()
  })
})
