import Database from 'better-sqlite3'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { expect } from 'vitest'
import { writeQueue } from '../../fixtures/cli/queues.ts'
import { cliWorld, loggedInWorld } from '../../fixtures/cli/world.ts'
import { uploadBodies, type BodyReport } from '../../packages/sync-engine/src/bodies/upload.ts'
import { rows } from '../migration/state.ts'
import { spec } from '../spec.ts'

const NOW_S = 1_800_000_000

type Answer =
  | number
  | readonly [status: number, error: string]
  | 'hang up'
  | `no words, and ${'200' | '201'}`
  | `a page that says ${'200' | '201' | '400' | '403'}`
  | `an answer${' that unpacks' | ''} without an end`

interface Bench extends AsyncDisposable {
  /** What each document is answered with, by name; may be changed between two runs. */
  readonly answers: Record<string, Answer>
  /** Documents in the order in which they were posted. */
  readonly posted: string[]
  /** Uploads what is due at that second. */
  readonly upload: (atS?: number, token?: string) => Promise<BodyReport>
  readonly queue: () => unknown[]
  readonly failures: () => unknown[]
  readonly change: (sql: string) => void
}

/** A real server that answers as it is told, and a real queue with one document per answer. */
async function bench(answers: Record<string, Answer>): Promise<Bench> {
  const world = cliWorld()
  const path = join(world.folder, 'queue.db')
  writeQueue(path, { bodies: Object.keys(answers).map((name) => ({ mission: 'm', path: name })) })
  const posted: string[] = []
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      const name = (body as { artifact_path: string }).artifact_path
      posted.push(name)
      const answer = answers[name] ?? 500
      if (answer === 'hang up') return request.socket.destroy()
      if (typeof answer === 'string') return answerOddly(answer, response)
      const [status, error] = typeof answer === 'number' ? [answer, 'because'] : answer
      return response.writeHead(status).end(JSON.stringify({ error }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const serverUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    answers,
    posted,
    upload: (atS = NOW_S, token = 'token') =>
      uploadBodies(path, {
        serverUrl,
        accessToken: () => Promise.resolve(token === '' ? undefined : token),
        now: () => atS * 1000,
      }),
    queue: () =>
      rows(path, 'SELECT artifact_path AS name, retry_count AS tries FROM body_upload_queue'),
    failures: () =>
      rows(
        path,
        'SELECT artifact_path AS name, failure_reason AS why, failure_count AS times FROM body_upload_failure_log',
      ),
    change: (sql) => new Database(path).exec(sql).close(),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await world.close()
    },
  }
}

/** What something else on the way answers, or a service that has gone wrong. */
function answerOddly(answer: string, response: ServerResponse): unknown {
  if (!answer.includes('without an end')) {
    const words = answer.startsWith('a page') ? '<p>Log in' : ''
    return response.writeHead(Number(answer.slice(-3)), { 'content-type': 'text/html' }).end(words)
  }
  const isPacked = answer.includes('unpacks')
  const part = Buffer.alloc(4 * 1024 * 1024, ' ')
  response.writeHead(201, isPacked ? { 'content-encoding': 'gzip' } : {})
  // Without an end: who reads it to the end waits until this spec is over.
  return response.write(isPacked ? gzipSync(part).subarray(0, -8) : part)
}

/** Whether a document leaves, is given up or waits, and whether the next one is tried at all. */
const TABLE: readonly (readonly [
  Answer,
  'leaves' | 'is given up' | 'waits',
  'goes on' | 'stops',
])[] = [
  [201, 'leaves', 'goes on'],
  [200, 'leaves', 'goes on'],
  ['no words, and 201', 'leaves', 'goes on'],
  ['no words, and 200', 'leaves', 'goes on'],
  ['a page that says 403', 'waits', 'goes on'],
  ['a page that says 400', 'waits', 'goes on'],
  [400, 'is given up', 'goes on'],
  [403, 'is given up', 'goes on'],
  [409, 'is given up', 'goes on'],
  [418, 'is given up', 'goes on'],
  [[404, 'namespace_not_found'], 'is given up', 'goes on'],
  [[404, 'index_entry_not_found'], 'waits', 'goes on'],
  [[404, 'whatever else'], 'waits', 'goes on'],
  [202, 'waits', 'stops'],
  [302, 'waits', 'stops'],
  [307, 'waits', 'stops'],
  [401, 'waits', 'stops'],
  [407, 'waits', 'stops'],
  [408, 'waits', 'stops'],
  [425, 'waits', 'stops'],
  [429, 'waits', 'stops'],
  [500, 'waits', 'stops'],
  [503, 'waits', 'stops'],
  ['hang up', 'waits', 'stops'],
  ['a page that says 200', 'waits', 'stops'],
  ['a page that says 201', 'waits', 'stops'],
  ['an answer without an end', 'waits', 'stops'],
  ['an answer that unpacks without an end', 'waits', 'stops'],
]

for (const [answer, fate, course] of TABLE)
  spec(
    ['SYNC/C-006', 'BOUNDARY/FR-012'],
    `a document that is answered with ${String(answer)} ${fate}, and the run ${course}`,
    async () => {
      await using it = await bench({ struck: answer, next: 201 })
      const report = await it.upload()
      expect(it.queue()).toEqual([
        ...(fate === 'waits' ? [{ name: 'struck', tries: 1 }] : []),
        ...(course === 'stops' ? [{ name: 'next', tries: 0 }] : []),
      ])
      expect(it.failures().length).toBe(fate === 'is given up' ? 1 : 0)
      expect(it.posted).toEqual(course === 'stops' ? ['struck'] : ['struck', 'next'])
      expect(report.stopped === undefined).toBe(course === 'goes on')
      expect(report.waiting).toBe(it.queue().length)
      if (String(answer).includes('without an end'))
        expect(report.stopped).toContain('is larger than')
    },
  )

spec(
  'SYNC/C-006',
  'the pause is one second, doubles with each try, and ends at five minutes',
  async () => {
    await using it = await bench({ later: [404, 'index_entry_not_found'] })
    let atS = NOW_S
    for (const [tries, pause] of [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300].entries()) {
      await it.upload(atS)
      expect(it.posted.length, 'it is posted when it is due').toBe(tries + 1)
      atS += pause
      await it.upload(atS - 0.001)
      expect(it.posted.length, `it is not posted before ${pause} s are over`).toBe(tries + 1)
    }
  },
)

spec(
  'SYNC/C-006',
  'a document that cannot be filed is given up after twenty further tries, with the reason',
  async () => {
    await using it = await bench({ later: [404, 'index_entry_not_found'] })
    let atS = NOW_S
    for (let number = 0; number < 20; number += 1) await it.upload((atS += 300))
    expect(it.queue()).toEqual([{ name: 'later', tries: 20 }])
    expect(await it.upload((atS += 300))).toMatchObject({ failed: 1, waiting: 0 })
    expect(it.queue()).toEqual([])
    expect(it.failures()).toEqual([
      { name: 'later', why: 'HTTP 404 index_entry_not_found', times: 1 },
    ])
    expect(it.posted).toHaveLength(21)
  },
)

spec(
  'SYNC/C-006',
  'an outage, however long, gives no document up and leaves it tries of its own',
  async () => {
    await using it = await bench({ only: 503 })
    let atS = NOW_S
    for (let number = 0; number < 40; number += 1) await it.upload((atS += 300))
    expect(it.failures()).toEqual([])
    it.answers['only'] = [404, 'index_entry_not_found']
    for (let number = 0; number < 10; number += 1) await it.upload((atS += 300))
    expect(it.failures()).toEqual([])
    it.answers['only'] = 201
    expect(await it.upload((atS += 300))).toMatchObject({ stored: 1, waiting: 0 })
  },
)

spec('SYNC/C-006', 'without a login nothing is posted and nothing is held against it', async () => {
  await using it = await bench({ first: 201, second: 201 })
  expect(await it.upload(NOW_S, '')).toMatchObject({ waiting: 2, stopped: 'nobody is logged in' })
  expect(it.queue()).toEqual([
    { name: 'first', tries: 0 },
    { name: 'second', tries: 0 },
  ])
  expect(it.posted).toEqual([])
})

spec('SYNC/C-006', 'a document that fails once more is counted in its one line', async () => {
  await using it = await bench({ bad: 400 })
  await it.upload()
  it.change(`INSERT INTO body_upload_queue (project_uuid, mission_slug, target_branch, mission_type,
    manifest_version, artifact_path, content_hash, content_body, size_bytes, created_at)
    SELECT project_uuid, mission_slug, target_branch, mission_type, manifest_version, artifact_path,
    content_hash, 'text', 4, 1.0 FROM body_upload_failure_log`)
  await it.upload(NOW_S + 60)
  expect(it.failures()).toMatchObject([{ name: 'bad', times: 2 }])
})

const PUSH = 'POST /api/dossier/push-content/'

spec(
  ['BOUNDARY/SC-5', 'SYNC/T071'],
  'sync now says that documents wait, exits 1, and takes them up again',
  async () => {
    await using world = await loggedInWorld({
      firstAnswer: 'success',
      faults: [{ route: PUSH, nth: [1], effect: { kind: 'answer', status: 503 } }],
    })
    await world.call('agent mission create demo')
    await world.call('agent mission setup-plan')
    const first = await world.run('sync now')
    expect(first.code).toBe(1)
    expect(first.out).toContain('0 stored, 0 already there, 4 wait, 0 refused')
    expect(first.out).not.toContain('Nothing is left')
    // The struck document rests for a second; the others need not wait for it.
    await sleep(1_050)
    const second = await world.run('sync now')
    expect(second.out).toContain('Nothing is left to deliver.')
    expect(second.out).toContain('4 stored')
    expect([second.code, world.service.bodies.size]).toEqual([0, 4])
  },
)

spec(
  ['BOUNDARY/SC-5', 'SYNC/NFR-003'],
  'a reply that got lost is no second upload: the service has it already',
  async () => {
    await using world = await loggedInWorld({
      faults: [{ route: PUSH, nth: [1], effect: { kind: 'drop-reply' } }],
    })
    await world.call('agent mission create demo')
    await world.call('agent mission setup-plan')
    expect((await world.call('sync now')).code).toBe(1)
    await sleep(1_050)
    expect((await world.call('sync now')).out).toContain('3 stored, 1 already there, 0 wait')
    expect(world.service.bodies.size).toBe(4)
  },
)

for (const token of ['secret-token\n', 'secret-token\u2603', 'secret-token\u0000'])
  spec(
    ['SYNC/C-006', 'SYNC/T034'],
    `a token that cannot be sent is not named in what is said: ${JSON.stringify(token)}`,
    async () => {
      await using it = await bench({ only: 201 })
      const { stopped } = await it.upload(NOW_S, token)
      expect(stopped).toContain('the header authorization')
      expect(JSON.stringify(it.queue()) + String(stopped)).not.toContain('secret')
      expect(it.posted).toEqual([])
    },
  )
