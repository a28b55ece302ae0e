import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect } from 'vitest'
import { envelopeText, eventId, writeQueue } from '../../fixtures/cli/queues.ts'
import { cliWorld, loggedInWorld, PROGRAM, type CliWorld } from '../../fixtures/cli/world.ts'
import { startHostedService } from '../../fixtures/service/index.ts'
import { startStubServer } from '../../packages/sync-engine/src/receivers/stub-server.ts'
import { spec } from '../spec.ts'

const OFF = { SPEC_KITTY_ENABLE_SAAS_SYNC: '0' }
const OTHER_PROJECT = '77425613-e744-4a84-ba51-13d9432daa74'

/** Runs the installed program in another project of the same home. */
async function inProject(world: CliWorld, name: string, line: string, more = {}) {
  const cwd = join(world.folder, name)
  mkdirSync(cwd, { recursive: true })
  const env = { ...world.env, ...more }
  const done = await execa(process.execPath, [PROGRAM, ...line.split(' ')], {
    cwd,
    env,
    extendEnv: false,
    reject: false,
  })
  return { code: done.exitCode, out: done.stdout, err: done.stderr }
}

/** The stored login becomes that of another person. */
function becomeAccount(world: CliWorld, email: string): void {
  const path = join(world.home, 'auth', 'session.json')
  const session = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
  writeFileSync(path, JSON.stringify({ ...session, email }), { mode: 0o600 })
}

function projectsAt(events: ReadonlyMap<string, object>): string[] {
  const slugs = [...events.values()].map((event) =>
    String(/"project_slug":"([^"]*)"/.exec(JSON.stringify(event))?.[1]),
  )
  return [...new Set(slugs)].sort()
}

spec(
  ['SYNC/C-008', 'SYNC/FR-017', 'SYNC/FR-003', 'SYNC/SC-009'],
  'sync now in one project sends nothing of another that was captured with sync switched off, until sync is on there',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    await inProject(world, 'private', 'agent mission create secret', OFF)
    await inProject(world, 'open', 'agent mission create demo')
    const sent = await inProject(world, 'open', 'sync now')
    expect(sent.code).toBe(0)
    expect(projectsAt(world.service.events)).toEqual(['open'])
    expect(sent.out).toMatch(/2 event\(s\) of project private .*nobody agreed/)
    const status = await world.run('sync status --check')
    expect([status.code, status.out]).toEqual([0, expect.stringContaining('sync allow --project')])
    await inProject(world, 'private', 'sync now')
    expect(projectsAt(world.service.events)).toEqual(['open', 'private'])
  },
)

spec(
  ['SYNC/C-008', 'SYNC/FR-005'],
  'what one account captured never goes to the next account, until a typed command names it',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    await world.run('agent mission create demo', OFF)
    becomeAccount(world, 'someone.else@example.org')
    const sent = await world.run('sync now')
    expect([world.service.events.size, sent.code]).toEqual([0, 0])
    const [command = ''] = /spec-kitty sync allow .*/.exec(sent.out) ?? []
    expect(command).toContain('--account robin@canary.example')
    expect((await world.run(command.replace('spec-kitty ', ''))).out).toContain('2 event(s)')
    await world.run('sync now')
    expect(world.service.events.size).toBe(2)
  },
)

spec(
  ['SYNC/FR-017', 'SYNC/SC-009', 'SYNC/FR-003'],
  'what was captured logged out with sync off goes once somebody logs in and switches sync on there',
  async () => {
    await using service = await startHostedService({ firstAnswer: 'success' })
    await using world = cliWorld(service)
    await world.run('agent mission create demo', OFF)
    await world.run('auth login --headless')
    await world.run('sync now')
    expect(service.events.size).toBe(2)
  },
)

spec(
  ['SYNC/C-008'],
  'a consent that is taken back stops deliveries, also of a daemon, and only sync allow gives it again',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    await world.run('agent mission create demo')
    await world.run('sync allow --revoke')
    await world.run('sync now')
    await world.run('auth login --headless')
    await world.run('sync now')
    expect(world.service.events.size).toBe(0)
    const preview = await world.run('sync now --dry-run --json')
    expect(preview.json).toMatchObject({ streams: [{ events: 2, allowed: false }] })
    const dry = await world.run('sync allow --dry-run')
    expect(dry.out).toContain('2 event(s) of project project')
    await world.run('sync now')
    expect(world.service.events.size).toBe(0)
    await world.run('sync allow')
    await world.run('sync now')
    expect(world.service.events.size).toBe(2)
  },
)

spec(
  ['BOUNDARY/SC-2', 'SYNC/C-008', 'SYNC/SC-006'],
  'migration copies rows of any scope; those without a login belong to their project, those of another login wait',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    await world.run('agent mission create demo')
    await world.run('sync now')
    const ours = /"project_uuid":\s*"([^"]+)"/.exec(
      readFileSync(join(world.project, '.kittify', 'project.json'), 'utf8'),
    )?.[1]
    const ofOurs = (number: number): { id: string; second: number; data: string } => {
      const id = eventId(number)
      return {
        id,
        second: number,
        data: envelopeText({ id, second: 1 }).replace(OTHER_PROJECT, ours!),
      }
    }
    writeQueue(join(world.home, 'queue.db'), { events: [ofOurs(1), { id: eventId(2), second: 2 }] })
    writeQueue(join(world.home, 'queues', 'queue-0123456789abcdef.db'), { events: [ofOurs(3)] })
    expect((await world.run('sync migrate --json')).json).toMatchObject({ imported: 3 })
    const sent = await world.run('sync now --json')
    expect(sent.json).toMatchObject({ ok: true, summary: { synced: 1 } })
    const waiting = sent.json['waiting_for_consent'] as { project: string }[]
    expect(Object.fromEntries(waiting.map((stream) => [stream.project, stream]))).toMatchObject({
      [OTHER_PROJECT]: { account: null, events: 1 },
      [ours!]: { account: 'queue-0123456789abcdef', events: 1 },
    })
    await world.run('sync allow --all')
    await world.run('sync allow --all --account queue-0123456789abcdef')
    expect((await world.run('sync now')).out).toContain('Synced: 2 /')
  },
)

spec(
  ['SYNC/FR-007', 'SYNC/C-008', 'SYNC/FR-005'],
  'an endpoint of the operator asks for the same consents, and a typed change of the target keeps the consents',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    await using other = await startStubServer()
    await inProject(world, 'private', 'agent mission create secret', OFF)
    await inProject(world, 'open', 'agent mission create demo')
    const typed = await inProject(
      world,
      'open',
      `sync mode EXTERNAL_RECEIVER --endpoint ${other.endpoint}`,
    )
    expect([typed.out, typed.err]).toEqual([
      expect.stringContaining('EXTERNAL_RECEIVER'),
      expect.stringContaining('events of open go there'),
    ])
    await world.run('sync now')
    expect(projectsAt(other.events)).toEqual(['open'])
  },
)
