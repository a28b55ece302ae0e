import { expect } from 'vitest'
import { againCommand, withCommands } from '../../packages/gate-kernel/src/report/next-command.ts'
import { terminalColors, renderScreen } from '../../packages/gate-kernel/src/report/screen.ts'
import { spec } from '../spec.ts'
import { evidenceOf } from './evidences.ts'
import { degraded, stoppedRun } from './observations.ts'

const live = { configuration: '/w/live.toml' }
const rehearsal = { configuration: undefined }

const stopOf = (next: string, command?: string[]): Parameters<typeof againCommand>[0] => ({
  verdict: 'hold',
  requirements: [],
  stop: {
    ...{ requirement: 'GATE/FR-005', code: 'service-degraded', verdict: 'blocked' },
    ...{ cause: 'environment', what: '', where: '', next, ...(command && { command }) },
  },
})

const nextIn = (next: string, command: string[], configuration?: string): string | undefined =>
  withCommands(stopOf(next, command), { configuration }).stop?.next

spec('GATE/FR-011', 'what an operator is told to type names the configuration of the run', () => {
  expect(nextIn('run the whole gate', ['run'], '/w/live.toml')).toBe(
    'run the whole gate: canary-gate run --config /w/live.toml',
  )
  expect(nextIn('check it', ['doctor'], '/w/live.toml')).toBe(
    'check it: canary-gate doctor --config /w/live.toml',
  )
  expect(nextIn('run', ['run'], "/w/it's here.toml")).toBe(
    String.raw`run: canary-gate run --config '/w/it'\''s here.toml'`,
  )
  expect(nextIn('run the whole gate', ['run'])).toBe('run the whole gate: canary-gate run')
  expect(nextIn('look', ['doctor'])).toBe('look: canary-gate doctor --config FILE')
})

spec(
  'GATE/FR-011',
  'evidence holds the remedy as words of a command, not only as a sentence',
  () => {
    const stop = withCommands(stopOf('run the whole gate', ['run']), live).stop
    expect(stop?.remedy).toEqual({
      remark: 'run the whole gate',
      command: ['run', '--config', '/w/live.toml'],
    })
    expect(stop).not.toHaveProperty('command')
  },
)

spec(
  'GATE/FR-011',
  'a stop that names no command is followed by the one that runs the gate',
  () => {
    const waiting = stopOf('wait until it is healthy, then run the gate again')
    expect(againCommand(waiting, live)).toEqual(['run', '--config', '/w/live.toml'])
    expect(againCommand(waiting, rehearsal)).toEqual(['run'])
    const publishing = stopOf('', ['publish', '--resume', 'r'])
    expect(againCommand(publishing, live)).toBeUndefined()
    expect(againCommand(withCommands(publishing, rehearsal), rehearsal)).toBeUndefined()
    expect(againCommand({ verdict: 'release', requirements: [], stop: null }, rehearsal)).toBe(
      undefined,
    )
  },
)

spec('GATE/FR-011', 'commands are shown as they are typed, in colour too', () => {
  const held = withCommands(
    evidenceOf(stoppedRun('GATE/FR-005', { ...degraded, next: 'look', command: ['doctor'] })),
    { configuration: '/w/a.toml' },
  )
  const evidence = { ...held, then: ['run', '--config', '/w/a.toml'] }
  const screen = renderScreen(
    evidence,
    '',
    'e.json',
    terminalColors,
    undefined,
    undefined,
    'npx canary-gate',
  )
  expect(screen).toContain('Next        \u001B[32mlook: npx canary-gate doctor --config /w/a.toml')
  expect(screen).toContain('Then        \u001B[32mnpx canary-gate run --config /w/a.toml')
})

spec('GATE/FR-011', 'after a dry run that stopped the next run is dry, too', () => {
  const dry = { ...live, dryRun: true }
  const words = ['run', '--config', '/w/live.toml', '--dry-run']
  expect(againCommand(stopOf('wait'), dry)).toEqual(words)
  expect(withCommands(stopOf('again', ['run']), dry).stop?.remedy?.command).toEqual(words)
  expect(withCommands(stopOf('look', ['doctor']), dry).stop?.remedy?.command).toEqual([
    'doctor',
    '--config',
    '/w/live.toml',
  ])
  expect(againCommand(stopOf('wait'), { ...rehearsal, dryRun: true })).toEqual(['run', '--dry-run'])
})
