import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { expect } from 'vitest'
import { matchDistribution } from '../../packages/phase4-gate/src/installation/distribution.ts'
import { identifyEvents } from '../../packages/phase4-gate/src/installation/events-package.ts'
import {
  findDistribution,
  sitePackagesOf,
} from '../../packages/phase4-gate/src/installation/place.ts'
import { verifyRecord } from '../../packages/phase4-gate/src/installation/record.ts'
import {
  verifyBoundaryImports,
  verifyNotBeforeBaseline,
  verifyOnlyPrerelease,
} from '../../packages/phase4-gate/src/installation/requirements.ts'
import { missingKeys } from '../../packages/phase4-gate/src/installation/status-keys.ts'
import { testRun, type TestRun } from '../evidence/workspace.ts'
import { stopOf } from '../preflight/world.ts'
import { spec } from '../spec.ts'

const rc = '3.2.0rc16'

/** A run that has chosen and installed a candidate, as far as its facts say. */
async function installed(chosen = rc, found = rc, commit = 'c'.repeat(40)): Promise<TestRun> {
  const world = await testRun()
  const { facts } = world.run
  const digest = 'd'.repeat(64)
  await facts.write('candidate', {
    ...{ tag: `v${chosen}`, version: chosen, commit, wheelSha256: digest },
  })
  await facts.write('installation', {
    ...{ bin: join(world.root, 'bin', 'spec-kitty'), python: join(world.root, 'bin', 'python') },
    ...{ version: found, distributionSha256: digest, recordSha256: digest },
    ...{ eventsVersion: '5.1.0', eventsTag: 'v5.1.0', eventsCommit: 'e'.repeat(40) },
  })
  return world
}

spec('GATE/C-001', 'a final release is refused, whether chosen or installed', async () => {
  await using world = await installed()
  await expect(verifyOnlyPrerelease(world.run)).resolves.toBeUndefined()
  for (const [chosen, found] of [
    ['3.2.0', rc],
    [rc, '3.2.0'],
    [rc, '3.2.0.dev1'],
  ] as const) {
    await using other = await installed(chosen, found)
    const stop = await stopOf(verifyOnlyPrerelease(other.run))
    expect(stop).toMatchObject({ code: 'not-a-prerelease', verdict: 'fail' })
  }
})

spec('GATE/C-005', 'a commit without the baseline among its ancestors is refused', async () => {
  await using world = await installed()
  const { run } = world
  const { cli } = run.world.checkouts
  const git = async (...args: string[]): Promise<string> =>
    (await execa('git', ['-c', 'user.name=a', '-c', 'user.email=a@example', ...args], { cwd: cli }))
      .stdout
  const commit = async (): Promise<string> => {
    await git('commit', '--quiet', '--allow-empty', '-m', 'x')
    return git('rev-parse', 'HEAD')
  }
  await git('init', '--quiet')
  const before = await commit()
  const baseline = await commit()
  const after = await commit()
  run.world.candidate.baseline = baseline
  const candidate = await run.facts.read('candidate')
  for (const good of [baseline, after]) {
    await run.facts.write('candidate', { ...candidate, commit: good })
    await expect(verifyNotBeforeBaseline(run)).resolves.toBeUndefined()
  }
  await run.facts.write('candidate', { ...candidate, commit: before })
  const stop = await stopOf(verifyNotBeforeBaseline(run))
  expect(stop).toMatchObject({ code: 'before-the-baseline', verdict: 'fail' })
})

spec(
  'GATE/FR-004',
  'a module that does not import and a status without keys stop the gate',
  async () => {
    await using world = await installed()
    const { bin, python } = await world.run.facts.read('installation')
    world.run.world.candidate.imports = ['specify_cli.sync.owner']
    await writeFile(python, '#!/bin/sh\necho "no module" >&2; exit 1\n', { mode: 0o755 })
    await writeFile(bin, '#!/bin/sh\necho "{}"\n', { mode: 0o755 })
    const stop = await stopOf(verifyBoundaryImports(world.run))
    expect(stop).toMatchObject({ code: 'import-failed', verdict: 'fail' })
    expect(stop.findings?.[0]).toMatch(/^specify_cli\.sync\.owner cannot be imported/)
    expect(stop.findings).toContain('the status lacks orphan_records')
    await writeFile(python, '#!/bin/sh\necho ok\n')
    expect((await stopOf(verifyBoundaryImports(world.run))).code).toBe('status-key-missing')
  },
)

spec('GATE/FR-004', 'the status has one list of keys that must be there', () => {
  const queue = ['path', 'event_count', 'body_upload_count']
  const place = ['package_version', 'executable_path', 'source_path', 'server_url', 'team_or_user']
  const keys = {
    foreground: [...place, 'queue_db_path', 'pid'],
    daemon_owner_record: [...place, 'queue_db_path', 'pid', 'port', 'status'],
    active_queue: queue,
    legacy_queue: [...queue, 'rows_in_scope'],
  }
  const plain = ['ok', 'exit_code', 'auth_required', 'auth_present', 'live_orphan_daemon_count']
  const nested = Object.entries(keys).flatMap(([name, under]) =>
    under.map((key) => `${name}.${key}`),
  )
  const expected = [...plain, 'mismatches', 'orphan_records', ...nested]
  expect([...missingKeys({})].sort()).toEqual(expected.sort())
})

/** Site-packages that hold distributions of these names with this metadata. */
async function sitePackages(world: TestRun, found: Record<string, string>): Promise<string> {
  const folder = join(world.root, 'env', 'lib', 'python3.11', 'site-packages')
  await mkdir(folder, { recursive: true })
  for (const [name, metadata] of Object.entries(found)) {
    await mkdir(join(folder, `${name}.dist-info`))
    await writeFile(join(folder, `${name}.dist-info`, 'METADATA'), metadata)
  }
  return folder
}

const pythonOf = (world: TestRun): string => join(world.root, 'env', 'bin', 'python')

spec('GATE/NFR-004', 'an environment without the candidate proves nothing', async () => {
  await using world = await testRun()
  const missing = { code: 'installation-missing', verdict: 'inconclusive' }
  expect(await stopOf(sitePackagesOf(pythonOf(world)))).toMatchObject(missing)
  const folder = await sitePackages(world, { 'other-1.0': 'Version: 1.0\n' })
  expect(await sitePackagesOf(pythonOf(world))).toBe(folder)
  expect(await findDistribution(folder, 'spec-kitty-cli')).toBeNull()
  expect(
    await stopOf(verifyRecord({ bin: '', python: pythonOf(world) }, 'spec-kitty-cli')),
  ).toMatchObject(missing)
})

spec('GATE/NFR-004', 'an index that has no wheel of the version is no source of it', async () => {
  await using world = await testRun()
  const folder = await sitePackages(world, { [`spec_kitty_cli-${rc}`]: `Version: ${rc}\n` })
  const found = await findDistribution(folder, 'spec-kitty-cli')
  const stop = await stopOf(matchDistribution(found!, rc, new Map()))
  expect(stop).toMatchObject({ code: 'wheel-missing', verdict: 'fail' })
})

spec('GATE/NFR-004', 'an events package of unknown origin is not guessed', async () => {
  await using world = await testRun()
  const { events } = world.run.world.checkouts
  await execa('git', ['init', '--quiet'], { cwd: events })
  const pinned = `Version: ${rc}\nRequires-Dist: spec-kitty-events==5.1.0\n`
  const folder = await sitePackages(world, {
    'spec_kitty_cli-1': `Version: ${rc}\n`,
    'spec_kitty_pinned-1': pinned,
  })
  for (const [name, says] of [
    ['spec-kitty-cli', /neither installed beside the candidate nor pinned/],
    ['spec-kitty-pinned', /5\.1\.0, for which no tag exists/],
  ] as const) {
    const found = await findDistribution(folder, name)
    const stop = await stopOf(identifyEvents(found!, events))
    expect(stop).toMatchObject({ code: 'events-version-unknown', verdict: 'inconclusive' })
    expect(stop.what).toMatch(says)
    expect(dirname(found!.distInfo)).toBe(folder)
  }
})
