import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { layLogin } from '../../fixtures/cli/login.ts'
import { queueRows, writeQueue } from '../../fixtures/cli/queues.ts'
import { cliWorld, type CliWorld } from '../../fixtures/cli/world.ts'
import { startDocumentServer, type DocumentServer } from '../../fixtures/engine/document-server.ts'
import { grant, revoke } from '../../packages/sync-engine/src/consent/decide.ts'
import { openJournal } from '../../packages/sync-engine/src/journal/journal.ts'
import { queueDbPath, queueScope } from '../../packages/sync-engine/src/target/scope.ts'
import { spec } from '../spec.ts'

const ROBIN = 'robin@canary.example'
const KIM = 'queue-0123456789abcdef'
/** The documents of the fixtures belong to it. */
const PROJECT = 'p'

interface DocumentWorld extends CliWorld {
  readonly server: DocumentServer
  readonly active: string
}

async function documentWorld(): Promise<DocumentWorld> {
  const server = await startDocumentServer()
  const world = cliWorld()
  layLogin(world.home, server.url)
  const scope = queueScope(server.url, { userId: ROBIN, teamSlug: 'team-robin' })
  const env = { ...world.env, SPEC_KITTY_SAAS_URL: server.url }
  const close = async (): Promise<void> => {
    await server[Symbol.asyncDispose]()
    await world.close()
  }
  return {
    ...world,
    env,
    server,
    active: queueDbPath(world.home, scope),
    call: (line, more) => world.call(line, { ...env, ...more }),
    close,
    [Symbol.asyncDispose]: close,
  }
}

function decide(world: DocumentWorld, decision: 'agree' | 'revoke' | 'name'): void {
  const journal = openJournal({ home: world.home })
  const by = { who: ROBIN, command: 'spec-kitty sync allow' }
  if (decision === 'revoke') revoke(journal, { project: PROJECT, account: ROBIN }, by)
  else {
    const covers = decision === 'name' ? KIM : ROBIN
    grant(journal, { project: PROJECT, account: ROBIN, covers }, by, '')
  }
  journal.close()
}

function layLoginAs(world: DocumentWorld, email: string): void {
  layLogin(world.home, world.server.url)
  const path = join(world.home, 'auth', 'session.json')
  const session = JSON.parse(readFileSync(path, 'utf8')) as object
  writeFileSync(path, JSON.stringify({ ...session, email }), { mode: 0o600 })
}

const QUEUES = {
  own: (world: DocumentWorld) => world.active,
  legacy: ({ home }: DocumentWorld) => join(home, 'queue.db'),
  foreign: ({ home }: DocumentWorld) => join(home, 'queues', `${KIM}.db`),
} as const

/** Whose queue held the document, what was decided about its project, and whether it goes out. */
const TABLE: readonly (readonly [
  queue: keyof typeof QUEUES,
  decisions: readonly ('agree' | 'revoke' | 'name')[],
  goes: boolean,
])[] = [
  ['own', [], false],
  ['own', ['agree'], true],
  ['own', ['agree', 'revoke'], false],
  ['own', ['name'], false],
  ['legacy', [], false],
  ['legacy', ['agree'], true],
  ['legacy', ['agree', 'revoke'], false],
  ['foreign', [], false],
  ['foreign', ['agree'], false],
  ['foreign', ['name'], true],
  ['foreign', ['agree', 'name'], true],
  ['foreign', ['name', 'revoke'], false],
]

for (const [queue, decisions, goes] of TABLE)
  spec(
    ['SYNC/C-008', 'BOUNDARY/SC-2'],
    `a document of the ${queue} queue, decided ${decisions.join(', ') || 'nothing'}: ${goes ? 'goes out' : 'waits, and the command that is named lets it go'}`,
    async () => {
      await using world = await documentWorld()
      writeQueue(QUEUES[queue](world), { bodies: [{ mission: 'm', path: 'spec.md', body: queue }] })
      for (const decision of decisions) decide(world, decision)
      const sent = await world.call('sync now')
      expect([sent.code, world.server.documents]).toEqual([0, goes ? [queue] : []])
      if (goes) return
      expect(queueRows(world.active).bodies).toBe(1)
      const status = await world.call('sync status --json')
      const [waiting] = (status.json['consent'] as { waiting_documents: { remedy: string }[] })
        .waiting_documents
      expect([status.code, waiting]).toEqual([0, expect.objectContaining({ documents: 1 })])
      expect(sent.out).toContain(waiting?.remedy)
      const allowed = await world.call(String(waiting?.remedy).replace('spec-kitty ', ''))
      expect(allowed.out).toContain('1 document(s)')
      await world.call('sync now')
      expect(world.server.documents).toEqual([queue])
    },
  )

spec(
  'SYNC/C-008',
  'a document keeps its account through the queues of several logins, and comes back to its own',
  async () => {
    await using world = await documentWorld()
    decide(world, 'agree')
    writeQueue(QUEUES.foreign(world), { bodies: [{ mission: 'm', path: 'spec.md', body: 'kim' }] })
    await world.call('sync now')
    layLoginAs(world, 'third@example.org')
    await world.call('sync now')
    layLoginAs(world, ROBIN)
    await world.call('sync now')
    expect(world.server.documents).toEqual([])
    decide(world, 'name')
    await world.call('sync now')
    expect(world.server.documents).toEqual(['kim'])
  },
)

spec(
  'SYNC/C-008',
  'a consent that is taken back during an upload ends it with the document under way',
  async () => {
    await using world = await documentWorld()
    decide(world, 'agree')
    const bodies = ['a', 'b', 'c', 'd'].map((path) => ({ mission: 'm', path, body: path }))
    writeQueue(world.active, { bodies })
    world.server.onDocument = () => {
      decide(world, 'revoke')
    }
    const sent = await world.call('sync now')
    expect(world.server.documents).toEqual(['a'])
    expect(sent.out).toContain('3 document(s)')
  },
)

spec('SYNC/C-008', 'a consent is taken back without a login, too', async () => {
  await using world = await documentWorld()
  await world.call('agent mission create demo')
  await world.call('auth logout')
  expect((await world.call('sync allow --revoke')).code).toBe(0)
  layLogin(world.home, world.server.url)
  await world.call('sync now')
  const { json } = await world.call('sync status --json')
  expect(json).toMatchObject({ delivery_ledger: { delivered_current_target: 0 } })
})
