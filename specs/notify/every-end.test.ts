import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import {
  gateFile,
  passing,
  runShortGate,
  runShortProgram,
  type ShortRunResult,
} from '../../fixtures/short-run/short-run.ts'
import { spec } from '../spec.ts'
import { withShortGate } from '../weakenings/weakened.ts'

interface Told {
  readonly end: string
  readonly verdict: string
  readonly summary: string
  readonly run: string | null
  readonly stop: { readonly requirement: string | null; readonly code: string } | null
}

/** A gate with a notifier that keeps each document it is given; the configuration names it. */
async function withNotifier(
  body: (gate: {
    readonly folder: string
    readonly config: string
    /** What was told since it was asked last: exactly one document. */
    readonly told: () => Promise<Told>
    readonly run: (variables?: Readonly<Record<string, string>>) => Promise<ShortRunResult>
  }) => Promise<void>,
): Promise<void> {
  await withShortGate(async (folder) => {
    const config = join(folder, 'world.json')
    const command = ['sh', '-c', `cat > "${folder}/told-$$.json"`]
    await writeFile(config, JSON.stringify({ notify: { command, timeoutMs: 60_000 } }))
    await body({
      ...{ folder, config },
      async told() {
        const names = (await readdir(folder)).filter((name) => name.startsWith('told-'))
        expect(names).toHaveLength(1)
        const file = join(folder, names[0] ?? '')
        const text = await readFile(file, 'utf8')
        await rm(file)
        return JSON.parse(text) as Told
      },
      run: (variables = {}) =>
        runShortGate(folder, ['run', 'gate'], { CANARY_GATE_CONFIG: config, ...variables }),
    })
  })
}

spec(
  'GATE/FR-010',
  'every end of a run is told once: a release, a stop, one that did not begin',
  async () => {
    await withNotifier(async ({ folder, config, told, run }) => {
      const released = await run()
      expect(await told()).toMatchObject({ end: 'verdict', verdict: 'release', stop: null })
      expect(released.output).toContain('notified: sh -c')
      // A slip of the pen in a variable ends the process before there is a run.
      expect((await run({ CANARY_GATE_DRY_RUN: 'yes' })).exitCode).toBe(2)
      const refused = await told()
      expect(refused).toMatchObject({ end: 'not-started', verdict: 'none', run: null })
      expect(refused.summary).toContain('CANARY_GATE_DRY_RUN')
      await writeFile(gateFile(folder, 2), passing(2, `() => { throw new Error('surprise') }`))
      await run()
      expect(await told()).toMatchObject({
        ...{ end: 'verdict', verdict: 'hold' },
        stop: { requirement: 'GATE/FR-006', code: 'unexpected-error' },
      })
      await writeFile(
        join(folder, 'gate', 'world.ts'),
        `export default () => { throw new Error('no world') }\n`,
      )
      await run()
      expect(await told()).toMatchObject({ verdict: 'hold', stop: { code: 'world-not-started' } })
      // The option is wrong, the configuration is not.
      expect(
        (await runShortProgram(folder, ['run', '--config', config, '--resume', 'none'])).exitCode,
      ).toBe(2)
      expect(await told()).toMatchObject({ end: 'not-started' })
    })
  },
)

spec(
  'GATE/FR-010',
  'a run that is interrupted or killed is told once, as one without a verdict',
  async () => {
    await withNotifier(async ({ folder, config, told, run }) => {
      const end = (signal: string): string =>
        `() => { process.kill(process.ppid, '${signal}'); return new Promise((done) => setTimeout(done, 60_000)) }`
      await writeFile(gateFile(folder, 1), passing(1, end('SIGINT')))
      await run()
      const interrupted = await told()
      expect(interrupted).toMatchObject({ end: 'interrupted', verdict: 'none' })
      expect(interrupted.summary).toContain('SIGINT')
      expect(interrupted.run).toMatch(/^2/)
      // A terminal that is closed, or a connection to this machine that breaks.
      await writeFile(gateFile(folder, 1), passing(1, end('SIGHUP')))
      await run()
      expect((await told()).summary).toContain('SIGHUP')
      // Nothing of Vitest is left to say so; the program that started it does.
      await writeFile(gateFile(folder, 1), passing(1, end('SIGKILL')))
      expect((await runShortProgram(folder, ['run', '--config', config])).exitCode).toBe(3)
      expect(await told()).toMatchObject({ end: 'no-verdict', verdict: 'none' })
      await writeFile(gateFile(folder, 1), passing(1, end('SIGTERM')))
      expect((await runShortProgram(folder, ['run', '--config', config])).exitCode).toBe(3)
      expect(await told()).toMatchObject({ end: 'interrupted' })
    })
  },
)

spec(
  'GATE/FR-010',
  'what a notifier does changes no verdict, no evidence and no exit code',
  async () => {
    await withNotifier(async ({ config, run }) => {
      const notify = { command: ['sh', '-c', 'echo the room is closed; exit 9'], timeoutMs: 60_000 }
      await writeFile(config, JSON.stringify({ notify }))
      const { exitCode, evidence, output } = await run()
      expect([exitCode, evidence?.verdict, evidence?.weakenings]).toEqual([0, 'release', []])
      expect(output).toMatch(
        /NOT notified: .*exit code 9 \(the room is closed\); the verdict stands/,
      )
    })
  },
)

spec(
  'GATE/FR-010',
  'a publication that broke is told, and told again when it is completed',
  async () => {
    await withNotifier(async ({ folder, told, run }) => {
      await writeFile(join(folder, 'gate', 'world.ts'), worldFromConfiguration)
      await writeFile(join(folder, 'breaks'), '')
      await run()
      expect(await told()).toMatchObject({ verdict: 'hold', stop: { requirement: 'GATE/FR-012' } })
      await runShortProgram(folder, ['publish', '--resume'])
      expect(await told()).toMatchObject({ end: 'verdict', verdict: 'release' })
    })
  },
)

/** As the set-up of a gate in the live world does. */
const worldFromConfiguration = `import { copyFileSync } from 'node:fs'
export default (project) => {
  copyFileSync(process.env.CANARY_GATE_CONFIG, project.getProvidedContext().runFolder + '/world.json')
}
`
