import { expect } from 'vitest'
import { againCommand, withConfiguration } from '../../src/gate/report/next-command.ts'
import { spec } from '../spec.ts'

const stopOf = (next: string): Parameters<typeof againCommand>[0] => ({
  verdict: 'hold',
  requirements: [],
  stop: {
    ...{ requirement: 'GATE/FR-005', code: 'service-degraded', verdict: 'blocked' },
    ...{ cause: 'environment', what: '', where: '', next },
  },
})

const nextIn = (next: string, configuration?: string): string | undefined =>
  withConfiguration(stopOf(next), configuration).stop?.next

spec('GATE/FR-011', 'what an operator is told to type names the configuration of the run', () => {
  expect(nextIn('run the whole gate: canary-gate run', '/w/live.toml')).toBe(
    'run the whole gate: canary-gate run --config /w/live.toml',
  )
  expect(nextIn('check it, then run canary-gate doctor', '/w/live.toml')).toBe(
    'check it, then run canary-gate doctor --config /w/live.toml',
  )
  expect(nextIn('run canary-gate run', "/w/it's here.toml")).toBe(
    String.raw`run canary-gate run --config '/w/it'\''s here.toml'`,
  )
  expect(nextIn('run the whole gate: canary-gate run')).toBe('run the whole gate: canary-gate run')
})

spec(
  'GATE/FR-011',
  'a stop that names no command is followed by the one that runs the gate',
  () => {
    const waiting = stopOf('wait until it is healthy, then run the gate again')
    expect(againCommand(waiting, '/w/live.toml')).toBe('canary-gate run --config /w/live.toml')
    expect(againCommand(waiting, undefined)).toBe('canary-gate run')
    expect(againCommand(stopOf('canary-gate publish --resume r'), '/w/live.toml')).toBeUndefined()
    expect(againCommand({ verdict: 'release', requirements: [], stop: null }, undefined)).toBe(
      undefined,
    )
  },
)
