import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect } from 'vitest'
import type { Incident, WorldFaults } from '../../fixtures/rehearsal/faults.ts'
import { startIncidentServer } from '../../fixtures/rehearsal/incident-server.ts'
import { startRehearsal } from '../../fixtures/rehearsal/rehearsal.ts'
import type { Reach } from '../../fixtures/rehearsal/changes.ts'
import { spec } from '../spec.ts'

let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'incidents-'))
})
afterAll(() => rm(folder, { recursive: true }))

const noted = (moment: Incident['moment'], nth?: number): Incident => ({
  ...{ program: 'canary', moment },
  ...(nth === undefined ? {} : { nth }),
  changes: [{ do: 'write', file: `${moment}-${nth ?? 'all'}`, text: moment }],
})

/** Plays a shell line under incidents, in a folder of its own that is its workspace, too. */
async function playUnder(incidents: readonly Incident[], line: string) {
  const workspace = await mkdtemp(join(folder, 'workspace-'))
  await using server = await startIncidentServer(incidents, () => ({ workspace }) as Reach)
  const [file = '', ...args] = server.announcing('canary', ['sh', '-c', line])
  const result = await execa(file, args, { cwd: workspace, reject: false })
  return { workspace, result, server }
}

spec('GATE/NFR-001', 'changes happen before, during and after a program', async () => {
  const runs = 'artifacts/sync_identity_boundary/runs'
  const line = `test -f before-1 && mkdir -p ${runs} && echo 1 > ${runs}/run-1.json && test ! -f after-1`
  const { workspace, result } = await playUnder(
    [noted('before', 1), noted('run', 1), noted('after', 1)],
    line,
  )
  expect(result.exitCode).toBe(0)
  expect(await readFile(join(workspace, 'run-1'), 'utf8')).toBe('run')
  expect(await readFile(join(workspace, 'after-1'), 'utf8')).toBe('after')
})

spec('GATE/NFR-001', 'a change for the second start leaves the first alone', async () => {
  const { workspace } = await playUnder([noted('before', 2)], 'true')
  await expect(readFile(join(workspace, 'before-2'))).rejects.toThrow('ENOENT')
})

spec('GATE/FR-007', 'a program can be skipped, or end otherwise than it did', async () => {
  const skipped = await playUnder(
    [{ program: 'canary', moment: 'before', changes: [{ do: 'skip', exitCode: 5 }] }],
    'touch ran',
  )
  expect(skipped.result.exitCode).toBe(5)
  await expect(readFile(join(skipped.workspace, 'ran'))).rejects.toThrow('ENOENT')
  const ended = await playUnder(
    [{ program: 'canary', moment: 'after', changes: [{ do: 'end', exitCode: 3, says: 'no' }] }],
    'echo yes',
  )
  expect([ended.result.exitCode, ended.result.stdout]).toStrictEqual([3, 'yes\nno'])
})

spec('GATE/FR-007', 'a program without an incident runs as it would alone', async () => {
  const { server, result } = await playUnder([], 'exit 4')
  expect(result.exitCode).toBe(4)
  expect(server.announcing('canary', ['sh'])).toStrictEqual(['sh'])
})

spec(
  'GATE/C-002',
  'changes reach rows, limits, deployment, issues and files of a world',
  async () => {
    const changes: Incident['changes'] = [
      { do: 'change-row', row: 0, patch: { attempts: 99 } },
      { do: 'delete-row', row: 21 },
      { do: 'limits', limits: { maxEventsPerBatch: 7 } },
      { do: 'deploy', deployment: { gitSha: 'f'.repeat(40) } },
      { do: 'drain', counters: { stalled: true } },
      { do: 'set-issue', number: 1141, state: 'open' },
      { do: 'move-tag', tag: 'v3.2.0rc16', commit: 'e'.repeat(40) },
      { do: 'sql', database: 'home/.spec-kitty/queue.db', statement: 'DELETE FROM queue' },
      {
        do: 'patch-json',
        file: 'e2e/artifacts/sync_identity_boundary/rc15-attempt1/run-1.json',
        patch: { run_number: 2 },
      },
    ]
    const faults: WorldFaults = { incidents: [{ program: 'teamspace', moment: 'before', changes }] }
    await mkdir(join(folder, 'reach'))
    await using rehearsal = await startRehearsal({ folder: join(folder, 'reach', 'world'), faults })
    const [node = '', announcer = '', url = '', program = ''] = rehearsal.world.teamspace.command
    const { exitCode } = await execa(node, [announcer, url, program, 'true'], { reject: false })
    expect(exitCode).toBe(0)
    const { rows, ingress, deployment, drain } = rehearsal.service
    expect([rows.length, rows[0]?.attempts, drain.businessRuleRejectedCount]).toStrictEqual([
      21, 99, 21,
    ])
    expect(ingress.limits.maxEventsPerBatch).toBe(7)
    expect([deployment.gitSha, drain.stalled]).toStrictEqual(['f'.repeat(40), true])
    const [cli] = rehearsal.github.state.repositories
    expect(cli?.issues.find(({ number }) => number === 1141)?.state).toBe('open')
    expect(cli?.tags.find(({ name }) => name === 'v3.2.0rc16')?.commit).toBe('e'.repeat(40))
  },
)
