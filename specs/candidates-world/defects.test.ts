import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import { expect } from 'vitest'
import { buildWheel, type DefectName, DEFECTS } from '../../fixtures/candidates/index.ts'
import { spec } from '../spec.ts'
import { install, newestChange } from './candidate.ts'

const SOUND = { version: '3.2.0rc16' }
const spoiled = (defect: DefectName) => ({ ...SOUND, defects: [defect] })

spec(
  'GATE/FR-007',
  'a sound candidate logs in, works and syncs with everything pending and nothing wrong',
  async () => {
    await using candidate = await install(SOUND)
    expect((await candidate.run('--version')).stdout).toContain('3.2.0rc16')
    await candidate.rejectReview()
    expect(await newestChange(candidate)).toMatchObject({
      from_lane: 'in_review',
      to_lane: 'planned',
      force: true,
      reason: expect.stringMatching(/./) as string,
    })
    const now = await candidate.run('sync', 'now')
    expect(now).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/Pending: [1-9]\d* \/ Errors: 0$/) as string,
    })
    expect((await candidate.run('sync', 'status', '--check', '--json')).exitCode).toBe(0)
    const settled = await candidate.run('sync', 'now')
    expect(settled.stdout).toMatch(/Duplicates: [1-9]\d* \/ Pending: 0 \/ Errors: 0$/)
  },
)

spec(
  'GATE/FR-007',
  'coalesces-status shows for_review -> in_review as the newest queued change',
  async () => {
    await using candidate = await install(spoiled('coalesces-status'))
    await candidate.rejectReview()
    expect(await newestChange(candidate)).toMatchObject({
      from_lane: 'for_review',
      to_lane: 'in_review',
    })
  },
)

spec(
  'GATE/FR-007',
  'pending-as-error exits 1 with unknown errors and blames the event loop',
  async () => {
    await using candidate = await install(spoiled('pending-as-error'))
    await candidate.rejectReview()
    const now = await candidate.run('sync', 'now')
    expect(now.exitCode).toBe(1)
    expect(now.stdout).toMatch(/Errors: (\d+) \(unknown: \1\)(?: \/ Waiting: \d+)?$/)
    expect(now.stderr).toContain('sync.event_loop_unavailable')
    expect(candidate.service.events.size).toBeGreaterThan(0)
  },
)

spec(
  'GATE/FR-007',
  'rollback-without-reason and rollback-without-force break the contract of the rollback',
  async () => {
    for (const [defect, broken] of [
      ['rollback-without-reason', { to_lane: 'planned', force: true, reason: '' }],
      ['rollback-without-force', { to_lane: 'planned', force: false }],
    ] as const) {
      await using candidate = await install(spoiled(defect))
      await candidate.rejectReview()
      expect(await newestChange(candidate)).toMatchObject(broken)
    }
  },
)

spec('GATE/FR-004', 'a status that lacks keys or is not JSON is what its name says', async () => {
  await using lacking = await install(spoiled('status-lacks-keys'))
  const status = JSON.parse((await lacking.run('sync', 'status', '--json')).stdout) as object
  expect(status).not.toHaveProperty('daemon_owner_record')
  expect(status).toHaveProperty('active_queue')
  await using talking = await install(spoiled('status-is-no-json'))
  expect((await talking.run('sync', 'status', '--check', '--json')).stdout).toBe(
    'everything is fine',
  )
})

spec(
  'GATE/FR-007',
  'accepts-foreign-owner finds nothing wrong with a daemon of another version',
  async () => {
    for (const [candidate, isFound] of [
      [SOUND, true],
      [spoiled('accepts-foreign-owner'), false],
    ] as const) {
      await using installed = await install(candidate)
      await installed.run('auth', 'login', '--headless')
      await writeForeignOwner(installed.home)
      const { stdout } = await installed.run('sync', 'status', '--json')
      const { daemon_owner_record: owner, mismatches } = JSON.parse(stdout) as {
        daemon_owner_record: { status: string }
        mismatches: unknown[]
      }
      expect(owner.status).toBe('present')
      expect(mismatches.length > 0).toBe(isFound)
    }
  },
)

spec(
  'GATE/FR-007',
  'loses-dossier-events queues a plan without a trace of its documents',
  async () => {
    for (const [candidate, present] of [
      [SOUND, true],
      [spoiled('loses-dossier-events'), false],
    ] as const) {
      await using installed = await install(candidate)
      await installed.run('auth', 'login', '--headless')
      await installed.run('agent', 'mission', 'create', 'demo', '--json')
      await installed.run('agent', 'mission', 'setup-plan', '--mission', 'demo', '--json')
      const { stdout } = await installed.run('sync', 'journal', 'list', '--json')
      expect(stdout.includes('MissionDossier')).toBe(present)
    }
  },
)

spec('GATE/NFR-003', 'prints-token really prints the token of the login', async () => {
  await using candidate = await install(spoiled('prints-token'))
  await candidate.run('auth', 'login', '--headless')
  expect((await candidate.run('sync', 'now')).stderr).toMatch(/Bearer acc_\w/)
})

spec(
  'GATE/FR-004',
  'a candidate that crashes at its start ends every command with an import error',
  async () => {
    await using candidate = await install(spoiled('crashes-at-start'))
    expect(await candidate.run('--version')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('ImportError') as string,
    })
  },
)

spec('GATE/FR-004', 'a candidate may say another version than its wheel', async () => {
  await using candidate = await install({ ...SOUND, saysVersion: '3.2.0rc15' })
  expect((await candidate.run('--version')).stdout).toContain('3.2.0rc15')
})

spec(
  ['GATE/FR-004', 'GATE/NFR-004'],
  'a defect of packing changes the wheel in the way it says',
  async () => {
    const pathsOf = async (defect: DefectName) =>
      Object.keys(unzipSync((await buildWheel(spoiled(defect))).bytes))
    expect(await pathsOf('missing-preflight-module')).not.toContain(
      'specify_cli/sync/preflight.mjs',
    )
    expect(
      (await pathsOf('lost-binary')).filter((path) => path.endsWith('entry_points.txt')),
    ).toEqual([])
    const relabelled = unzipSync((await buildWheel(spoiled('metadata-of-rc15'))).bytes)
    const metadata = Buffer.from(
      relabelled['spec_kitty_cli-3.2.0rc16.dist-info/METADATA'] ?? [],
    ).toString('utf8')
    expect(metadata).toContain('Version: 3.2.0rc15')
  },
)

spec('GATE/FR-007', 'every defect builds on the engine as it is', async () => {
  const { sha256: sound } = await buildWheel(SOUND)
  for (const defect of Object.keys(DEFECTS) as DefectName[])
    expect((await buildWheel(spoiled(defect))).sha256).not.toBe(sound)
})

/** A living process (this one) under the name of another version's daemon. */
async function writeForeignOwner(home: string): Promise<void> {
  const record = {
    pid: process.pid,
    port: 9449,
    token: '0'.repeat(32),
    package_version: '3.2.0rc9',
    executable_path: process.execPath,
    queue_db_path: join(home, 'queue.db'),
    started_at: new Date().toISOString(),
  }
  for (const folder of [join(home, 'sync', 'daemon'), join(home, 'daemon')]) {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await writeFile(join(folder, 'owner.json'), JSON.stringify(record), { mode: 0o600 })
  }
}
