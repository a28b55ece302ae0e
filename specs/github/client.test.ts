import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import {
  type FaultKind,
  issueOf,
  repositories,
  tokens,
  usualSeed,
} from '../../fixtures/github/index.ts'
import type { StopKind } from '../../packages/gate-kernel/src/github/stop.ts'
import { spec } from '../spec.ts'
import { openScene, stopOf } from './scene.ts'

spec('GATE/FR-011', 'all comments are read, however many pages they fill', async () => {
  const comments = Array.from({ length: 250 }, (_, i) => ({ author: 'x', body: `no. ${i}` }))
  const seed = usualSeed({ e2e: { issues: [{ number: 41, title: 't', state: 'open', comments }] } })
  await using scene = await openScene({ seed })
  const bodies = (await scene.github.comments(41)).map(({ body }) => body)
  expect(bodies).toEqual(comments.map(({ body }) => body))
})

spec('GATE/NFR-004', 'an annotated tag stands for its commit, not for its tag object', async () => {
  const [commit, object] = ['a'.repeat(40), 'b'.repeat(40)]
  const tags = [
    { name: 'v3.2.0rc16', commit, object },
    { name: 'v3.2.0rc15', commit },
  ]
  await using scene = await openScene({ seed: usualSeed({ cli: { tags } }) })
  expect(await scene.github.tag('cli', 'v3.2.0rc16')).toEqual({ name: 'v3.2.0rc16', commit })
  expect(await scene.github.tag('cli', 'v3.2.0rc15')).toEqual({ name: 'v3.2.0rc15', commit })
})

spec(
  'GATE/FR-001',
  'a merged pull request that closes a blocker is found, and its commit with it',
  async () => {
    const mergeCommit = 'c'.repeat(40)
    const cli = {
      issues: [{ number: 1141, title: 't', state: 'closed' as const, closingPulls: [7] }],
      pulls: [{ number: 7, title: 'fix', state: 'closed' as const, mergeCommit }],
    }
    await using scene = await openScene({ seed: usualSeed({ cli }) })
    expect(await scene.github.closingPullRequests(1141)).toEqual([
      { repository: repositories.cli, number: 7, isMerged: true, mergeCommit },
    ])
    expect(await scene.github.pullRequest('cli', 7)).toMatchObject({ isMerged: true, mergeCommit })
    expect((await stopOf(scene.github.closingPullRequests(1182))).kind).toBe('not-found')
  },
)

spec(
  ['GATE/FR-001', 'GATE/FR-011'],
  'a transferred repository is followed, and written to where it lives now',
  async () => {
    const moved = 'new-owner/spec-kitty'
    const seed = usualSeed({ cli: { fullName: moved } })
    const old = { fullName: repositories.cli, movedTo: moved }
    await using scene = await openScene({
      seed: { ...seed, repositories: [...seed.repositories, old] },
    })
    await scene.github.comment(1038, 'without having read it')
    expect((await scene.github.issue(1038)).state).toBe('open')
    await scene.github.comment(1038, 'after it was read')
    expect(issueOf(scene.server.state, 1038).comments.map(({ body }) => body)).toEqual([
      'without having read it',
      'after it was read',
    ])
  },
)

spec(
  'GATE/FR-011',
  'an app’s token may not ask GET /user and is named by GraphQL instead',
  async () => {
    await using scene = await openScene({ env: { GITHUB_TOKEN: tokens.actions } })
    expect(await scene.github.login()).toBe('github-actions[bot]')
  },
)

/** A program that prints a token unless it was handed the first one. */
async function withTokenProgram<T>(use: (command: string[]) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'token-'))
  const file = join(folder, 'print-token')
  const lines = [
    '#!/bin/sh',
    'test -z "$GITHUB_TOKEN$GH_TOKEN" || exit 3',
    `echo ${tokens.operator}`,
  ]
  await writeFile(file, lines.join('\n'))
  await chmod(file, 0o755)
  try {
    return await use([file])
  } finally {
    await rm(folder, { recursive: true })
  }
}

spec(
  'GATE/FR-011',
  'a refused token falls back once to the command, which does not see the first one',
  async () => {
    await withTokenProgram(async (tokenCommand) => {
      const env = {
        GITHUB_TOKEN: tokens.readOnly,
        GH_TOKEN: tokens.readOnly,
        PATH: process.env['PATH'] ?? '',
      }
      await using scene = await openScene({ env, change: { tokenCommand } })
      expect(await scene.github.login()).toBe('read-only')
      expect((await stopOf(scene.github.comment(41, 'as whom?'))).kind).toBe('token-switched')
      expect(await scene.github.login()).toBe('release-operator')
      expect((await scene.github.comment(41, 'as the operator')).author).toBe('release-operator')
      scene.server.faults.push({ on: 'POST comment 41', fault: '403-scope' })
      expect((await stopOf(scene.github.comment(41, 'again'))).kind).toBe('forbidden')
    })
  },
)

spec('GATE/FR-001', 'a read with a token that expired is repeated with the fallback', async () => {
  await withTokenProgram(async (tokenCommand) => {
    await using scene = await openScene({
      env: { GITHUB_TOKEN: 'expired' },
      change: { tokenCommand },
    })
    expect((await scene.github.issue(41)).state).toBe('open')
    expect(scene.server.requests.map(({ login }) => login)).toEqual([null, 'release-operator'])
  })
})

/** Only what is meant to time out does so, on a busy machine as well. */
const timeFor = (fault: FaultKind): number => (fault.startsWith('slow') ? 200 : 10_000)

/** Every fault a write can meet, and what it is called. After each, the write may have happened. */
const onWrites: readonly (readonly [FaultKind, StopKind])[] = [
  ['401', 'unauthorized'],
  ['403-scope', 'forbidden'],
  ['404', 'not-found'],
  ['410', 'not-found'],
  ['422', 'rejected'],
  ['429', 'rate-limited'],
  ['403-rate-limit', 'rate-limited'],
  ['403-secondary-limit', 'rate-limited'],
  ['500', 'server-error'],
  ['502-before-write', 'server-error'],
  ['502-after-write', 'server-error'],
  ['reset-before-write', 'unreachable'],
  ['reset-after-write', 'unreachable'],
  ['slow-before-write', 'timeout'],
  ['slow-after-write', 'timeout'],
  ['not-json', 'unreadable'],
]

spec(
  ['GATE/FR-011', 'GATE/FR-012', 'GATE/FR-014'],
  'every failure of a write has a name, may have been a write all the same, and is sent once',
  async () => {
    for (const [fault, kind] of onWrites) {
      const faults = [{ on: 'POST comment 41', fault, delayMs: 400 }]
      await using scene = await openScene({ faults, change: { timeoutMs: timeFor(fault) } })
      const stop = await stopOf(scene.github.comment(41, 'x'))
      expect([stop.kind, stop.effect], fault).toEqual([kind, 'unknown'])
      expect(stop.report, fault).toMatchObject({ verdict: 'inconclusive', cause: 'environment' })
      expect(stop.report.where, fault).toMatch(/^POST \/repos\/.+\/issues\/41\/comments$/)
      expect(scene.sent(), fault).toEqual(['GET issue 41', 'POST comment 41'])
    }
  },
)

spec(
  'GATE/FR-001',
  'a read is repeated after a passing failure, a bounded number of times',
  async () => {
    for (const fault of ['502-before-write', 'reset-before-write', 'not-json'] as const) {
      await using scene = await openScene({ faults: [{ on: 'GET issue 41', nth: 1, fault }] })
      expect((await scene.github.issue(41)).number, fault).toBe(41)
      scene.server.faults.push({ on: 'GET issue 1038', fault })
      await stopOf(scene.github.issue(1038))
      expect(
        scene.sent().filter((name) => name === 'GET issue 1038'),
        fault,
      ).toHaveLength(3)
    }
  },
)

spec(
  'GATE/FR-001',
  'a rate limit is waited for as long as the world allows, and no longer',
  async () => {
    const short = { on: 'GET issue 41', nth: 1, fault: '429' as const, retryAfterSeconds: 1 }
    await using patient = await openScene({ faults: [short], change: { longestWaitMs: 1500 } })
    expect((await patient.github.issue(41)).number).toBe(41)
    const long = { on: 'GET issue 41', fault: '403-rate-limit' as const, retryAfterSeconds: 900 }
    await using refused = await openScene({ faults: [long], change: { longestWaitMs: 1500 } })
    const started = Date.now()
    const stop = await stopOf(refused.github.issue(41))
    expect(Date.now() - started).toBeLessThan(1000)
    expect(stop.kind).toBe('rate-limited')
    expect(stop.report.what).toMatch(/another (899|90[01]) s/)
  },
)

spec('GATE/FR-011', 'no stop shows the token, whatever went wrong', async () => {
  for (const fault of [...onWrites.map(([kind]) => kind)]) {
    const faults = [{ on: '* *', fault, delayMs: 400 }]
    await using scene = await openScene({ faults, change: { timeoutMs: timeFor(fault) } })
    const stop = await stopOf(scene.github.comment(41, 'x'))
    const shown = `${stop.message} ${stop.stack ?? ''} ${JSON.stringify(stop)} ${String(stop.cause)}`
    expect(shown, fault).not.toContain(tokens.operator)
  }
})

spec(
  'GATE/FR-001',
  'a GitHub that is not there is inconclusive, never a failure of the product',
  async () => {
    const scene = await openScene()
    await scene.server.close()
    const stop = await stopOf(scene.github.issue(1141))
    expect(stop.report).toMatchObject({ code: 'github-unreachable', verdict: 'inconclusive' })
  },
)
