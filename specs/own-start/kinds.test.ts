import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { againCommand, withCommands } from '../../packages/gate-kernel/src/report/next-command.ts'
import { gitHubStop } from '../../packages/gate-kernel/src/github/stop.ts'
import { commandLine, type RunManner } from '../../packages/gate-kernel/src/stop/remedy.ts'
import { stopReportOf } from '../../packages/gate-kernel/src/stop/stop-report.ts'
import { degraded, stoppedRun } from '../reporter/observations.ts'
import { evidenceOf } from '../reporter/evidences.ts'
import { spec } from '../spec.ts'
import { checkout, typed, withStart } from './start.ts'

const elsewhere = gitHubStop('unreachable', { what: 'no answer', where: 'https://api.github.com' })

/** Stops of the kernel that send the operator to `doctor`, each as a requirement of any gate meets it. */
const stops = [stopReportOf(new Error('a bug')), elsewhere.report]

function typedNext(report: (typeof stops)[number], manner: RunManner): string {
  const held = withCommands(
    evidenceOf(stoppedRun('GATE/FR-005', { ...degraded, ...report })),
    manner,
  )
  const command = held.stop?.remedy?.command ?? againCommand(held, manner) ?? []
  return commandLine(command)
}

spec('GATE/FR-011', 'no stop sends an operator to a command that has nothing to look at', () => {
  const [configuration, gate] = ['/w/live.json', 'shop']
  for (const stop of stops) {
    const next = (manner: RunManner): string => typedNext(stop, manner)
    expect(next({ configuration, gate, examines: false })).toBe(
      'canary-gate doctor --gate shop --config /w/live.json',
    )
    expect(next({ configuration: undefined, gate, examines: false })).toBe(
      'canary-gate run --gate shop',
    )
    expect(next({ configuration: undefined, gate, examines: true })).toBe(
      'canary-gate doctor --gate shop --config FILE',
    )
  }
})

spec(
  ['GATE/FR-011', 'GATE/FR-010'],
  'what a gate of another kind tells its operator to type is known to the program there',
  async () => {
    await withStart(async (folder) => {
      const table = join(folder, 'gate', 'gate.ts')
      const text = await readFile(table, 'utf8')
      const broken = text.replace('const { version } = JSON', "throw new Error('a bug')\n$&")
      expect(broken).not.toBe(text)
      await writeFile(table, broken)
      await writeFile(join(folder, 'live.json'), '{"changelog":"CHANGELOG.md"}')
      for (const words of ['run', 'run --config live.json']) {
        const held = await typed(folder, `npx canary-gate ${words}`)
        expect([words, held.code], held.output).toEqual([words, 3])
        const next = [...held.output.matchAll(/^ {2}(?:Next|Then) .*?(npx canary-gate .*)$/gm)]
        expect(next.length, held.output).toBeGreaterThan(0)
        for (const [, command = ''] of next) {
          const followed = await typed(folder, command)
          expect([0, 3], `${command}\n${followed.output}`).toContain(followed.code)
        }
      }
    })
  },
)

spec('GATE/FR-011', 'a configuration is examined as the gate that is meant reads it', async () => {
  await withStart(async (folder) => {
    const config = join(folder, 'own.json')
    await writeFile(config, '{"changelog":"CHANGELOG.md"}')
    const own = await typed(folder, 'npx canary-gate doctor --config own.json')
    expect([own.code, own.output]).toEqual([
      0,
      expect.stringMatching(/ok .*configuration: .*own\.json fits/),
    ])
    await writeFile(config, '{"changelog":5}')
    expect(await typed(folder, 'npx canary-gate doctor --config own.json')).toMatchObject({
      code: 2,
      output: expect.stringContaining('changelog') as string,
    })
    const other = await typed(checkout, `npx canary-gate doctor --gate release --config ${config}`)
    expect([other.code, other.output]).toEqual([2, expect.stringContaining('tarballs')])
  })
})

spec('GATE/FR-003', 'a gate of another kind has no candidates to list, and says so', async () => {
  await withStart(async (folder) => {
    const own = await typed(folder, 'npx canary-gate candidates --repo .')
    expect([own.code, own.output]).toEqual([
      2,
      expect.stringContaining('has no command candidates'),
    ])
  })
  const other = await typed(checkout, 'npx canary-gate candidates --gate release --repo .')
  expect([other.code, other.output]).toEqual([2, expect.stringContaining('name --gate gate')])
})

spec('GATE/FR-008', 'a plan names a setting only where the gate repeats something', async () => {
  const canary = await typed(checkout, 'npx canary-gate plan --bound 50%')
  expect(canary.output).toMatch(/^5 straight passes.* the canary .*\n.*runs = 5 below \[canary\]/)
  const other = await typed(checkout, 'npx canary-gate plan --gate release --bound 50% --json')
  expect(JSON.parse(other.output)).toMatchObject({ runs: 5, configured: null })
})
