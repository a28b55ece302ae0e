import fc from 'fast-check'
import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { startScriptedServer } from '../../fixtures/engine/scripted-server.ts'
import {
  resolveTarget,
  type ResolvedSyncTarget,
  type TargetInputs,
} from '../../packages/sync-engine/src/target/resolve.ts'
import {
  queueDbPath,
  queueScope,
  scopeDigest,
} from '../../packages/sync-engine/src/target/scope.ts'
import { spec } from '../spec.ts'

const A = 'https://a.example.org'
const B = 'https://b.example.org'
const HOME = '/home/dev/.spec-kitty'
const LOGIN = { userId: 'Dev@Example.org', teamSlug: 'Private-Dev' }

function resolved(inputs: Partial<TargetInputs>): ResolvedSyncTarget {
  const resolution = resolveTarget({ home: HOME, ...inputs })
  if (resolution.kind === 'refused') throw resolution.error
  return resolution.target
}

function refusal(inputs: Partial<TargetInputs>): string {
  const resolution = resolveTarget({ home: HOME, ...inputs })
  return resolution.kind === 'refused' ? resolution.error.code : 'resolved'
}

spec(
  ['SYNC/T001', 'SYNC/FR-016'],
  'the resolved target carries every field of its contract',
  () => {
    expect(resolved({ configuredServerUrl: A, login: LOGIN })).toEqual({
      configuredServerUrl: A,
      envServerUrl: undefined,
      overrideMode: 'none',
      resolvedServerUrl: A,
      userId: 'Dev@Example.org',
      teamSlug: 'Private-Dev',
      derivedQueueScope: 'https://a.example.org|dev@example.org|private-dev',
      queueDbPath: `${HOME}/queues/queue-${scopeDigest('https://a.example.org|dev@example.org|private-dev')}.db`,
      activeQueueScopeStatus: 'absent',
    })
  },
)

spec(
  'SYNC/T002',
  'the environment alone sets up, the configuration alone is plain, both agreeing are plain',
  () => {
    expect(resolved({ envServerUrl: B }).overrideMode).toBe('setup_only')
    expect(resolved({ configuredServerUrl: A }).overrideMode).toBe('none')
    expect(
      resolved({ configuredServerUrl: A, envServerUrl: 'HTTPS://A.example.org:443/' }).overrideMode,
    ).toBe('none')
    expect(resolved({ configuredServerUrl: A, envServerUrl: '' }).resolvedServerUrl).toBe(A)
    expect(refusal({})).toBe('no-server')
    expect(refusal({ envServerUrl: 'ftp://a.example.org' })).toBe('url-invalid')
  },
)

spec(
  'SYNC/T003',
  'without a login the queue is the unscoped one, with a login it follows from the resolved URL',
  () => {
    expect(resolved({ configuredServerUrl: A }).queueDbPath).toBe(`${HOME}/queue.db`)
    const overridden = resolved({
      configuredServerUrl: A,
      envServerUrl: B,
      overrideProcess: true,
      login: LOGIN,
    })
    expect(overridden.derivedQueueScope).toBe(queueScope(B, LOGIN))
  },
)

spec(
  ['SYNC/T003', 'SYNC/T006'],
  'the digest of a scope is the one that the original would compute',
  () => {
    const scope = queueScope(`${A}/`, { userId: ' DEV@example.org ' })
    expect(scope).toBe('https://a.example.org|dev@example.org|no-team')
    expect(scopeDigest(scope)).toBe('fcdb32e5c1276523')
  },
)

spec(['SYNC/T004', 'SYNC/T006'], 'a stored scope is judged and never decides', () => {
  const scope = queueScope(A, LOGIN)
  const inputs = { configuredServerUrl: A, login: LOGIN }
  expect(resolved({ ...inputs, activeQueueScope: `${scope}\n` }).activeQueueScopeStatus).toBe(
    'matches',
  )
  const stale = resolved({
    ...inputs,
    activeQueueScope: 'https://old.example.org|dev@example.org|x',
  })
  expect(stale.activeQueueScopeStatus).toBe('stale_non_authoritative')
  expect(stale.queueDbPath).toBe(resolved(inputs).queueDbPath)
})

spec(
  ['SYNC/T005', 'SYNC/SC-008', 'SYNC/C-007'],
  'disagreeing URLs are refused before any socket or file, or override the whole process',
  async () => {
    await using config = await startScriptedServer()
    await using env = await startScriptedServer()
    const home = mkdtempSync(join(tmpdir(), 'resolve-'))
    const inputs = { home, configuredServerUrl: config.url, envServerUrl: env.url, login: LOGIN }
    const refused = resolveTarget(inputs)
    expect(refused).toMatchObject({ kind: 'refused', error: { code: 'split-brain' } })
    expect(refused.kind === 'refused' && refused.error.message).toContain(config.url)
    expect(refused.kind === 'refused' && refused.error.next).toContain('unset SPEC_KITTY_SAAS_URL')
    expect([...config.batches, ...env.batches]).toEqual([])
    expect(readdirSync(home)).toEqual([])
    expect(resolved({ ...inputs, overrideProcess: true })).toMatchObject({
      overrideMode: 'process_override',
      resolvedServerUrl: env.url,
    })
  },
)

const url = fc.constantFrom(undefined, '', A, `${A}/`, 'https://A.EXAMPLE.org:443', B, 'nonsense')
const login = fc.option(
  fc.record({ userId: fc.emailAddress(), teamSlug: fc.constantFrom('team-1', 'team-2') }),
  { nil: undefined },
)
const everyInput = fc.record({
  home: fc.constant(HOME),
  configuredServerUrl: url,
  envServerUrl: url,
  overrideProcess: fc.boolean(),
  login,
  activeQueueScope: fc.constantFrom(undefined, '', 'https://old.example.org|a|b'),
})

spec(
  ['SYNC/T006', 'SYNC/SC-008', 'SYNC/FR-016'],
  'in every combination the scope belongs to the URL that is called',
  () => {
    fc.assert(
      fc.property(everyInput, (inputs) => {
        const resolution = resolveTarget(inputs)
        if (resolution.kind === 'refused') return
        const { target } = resolution
        const scope = inputs.login && queueScope(target.resolvedServerUrl, inputs.login)
        expect(target.derivedQueueScope).toBe(scope)
        expect(target.queueDbPath).toBe(queueDbPath(HOME, scope))
        if (target.configuredServerUrl !== target.resolvedServerUrl)
          expect(['setup_only', 'process_override']).toContain(target.overrideMode)
      }),
    )
  },
)

spec(
  ['SYNC/T006', 'SYNC/T005'],
  'two different servers never resolve without the explicit override',
  () => {
    fc.assert(
      fc.property(everyInput, (inputs) => {
        const { configuredServerUrl: config, envServerUrl: env } = inputs
        const differ =
          [config, env].includes(B) && [config, env].some((one) => one?.toLowerCase().startsWith(A))
        if (differ && !inputs.overrideProcess) expect(resolveTarget(inputs).kind).toBe('refused')
      }),
    )
  },
)

spec('SYNC/T006', 'a marker left by an earlier login changes nothing but its own judgement', () => {
  fc.assert(
    fc.property(everyInput, (inputs) => {
      const without = resolveTarget({ ...inputs, activeQueueScope: undefined })
      const withMarker = resolveTarget(inputs)
      if (without.kind === 'refused' || withMarker.kind === 'refused') return
      expect({ ...withMarker.target, activeQueueScopeStatus: '' }).toEqual({
        ...without.target,
        activeQueueScopeStatus: '',
      })
    }),
  )
})
