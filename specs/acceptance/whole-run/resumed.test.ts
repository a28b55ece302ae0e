import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect } from 'vitest'
import { lookAround } from '../../../fixtures/rehearsal/aftermath.ts'
import { clearFolder } from '../../../fixtures/rehearsal/clear.ts'
import { type Rehearsal, startRehearsal } from '../../../fixtures/rehearsal/rehearsal.ts'
import {
  type Evidence,
  evidenceSchema,
} from '../../../packages/gate-kernel/src/evidence/run-evidence.ts'
import { spec } from '../../spec.ts'

const program = join(import.meta.dirname, '../../../packages/canary-gate/bin/canary-gate.js')

/** Runs the real program on the real gate in that world, as an operator with a configuration. */
async function run(
  folder: string,
  { env }: Rehearsal,
  ...more: string[]
): Promise<{ exitCode: number | undefined; evidence: Evidence; output: string }> {
  const config = join(folder, 'live.json')
  const { PATH = '', TMPDIR = tmpdir() } = process.env
  const variables = { PATH, TMPDIR, HOME: folder, CANARY_GATE_ARTIFACTS: join(folder, 'runs') }
  const ended = await execa(process.execPath, [program, 'run', '--config', config, ...more], {
    env: { ...variables, ...env },
    ...{ extendEnv: false, reject: false, all: true, stdin: 'ignore' as const },
  })
  const id = (await readFile(join(folder, 'runs/latest'), 'utf8')).trim()
  const text = await readFile(join(folder, 'runs', id, 'evidence.json'), 'utf8')
  const evidence = evidenceSchema.parse(JSON.parse(text))
  return { exitCode: ended.exitCode, evidence, output: ended.all }
}

spec(
  ['GATE/FR-008', 'GATE/FR-011', 'GATE/FR-013'],
  'a run that stopped at the suite is taken up: the canary is not run again, all else is proven',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'resume-'))
    const world = await startRehearsal({ folder: join(folder, 'workspace') })
    try {
      const suite = join(folder, 'suite.sh')
      const canaries = join(folder, 'canaries')
      const [canary, played] = [world.world.canary, world.world.teamspace]
      const config = {
        ...world.world,
        canary: {
          ...canary,
          command: ['sh', '-c', `echo x >> ${canaries}; exec "$@"`, 'sh', ...canary.command],
        },
        teamspace: { ...played, command: ['sh', suite, ...played.command] },
      }
      await writeFile(join(folder, 'live.json'), JSON.stringify(config))
      await writeFile(suite, 'echo nothing is collected here\n')
      const stopped = await run(folder, world)
      expect(stopped.evidence.stop, stopped.output).toMatchObject({
        requirement: 'GATE/FR-013',
        code: 'teamspace-nothing-ran',
      })
      expect(stopped.evidence.weakenings).toEqual([])
      expect(stopped.evidence.resume).toContain(`--resume ${stopped.evidence.runId}`)
      const runs = await readFile(canaries, 'utf8')

      await writeFile(suite, 'exec "$@"\n')
      const resumed = await run(folder, world, '--resume')
      expect(resumed, resumed.output).toMatchObject({ exitCode: 0 })
      expect(resumed.evidence.verdict).toBe('release')
      const reused = resumed.evidence.requirements.filter(({ reusedFrom }) => reusedFrom)
      expect(reused.map(({ id }) => id)).toStrictEqual([
        'GATE/FR-002',
        'GATE/FR-007',
        'GATE/FR-008',
      ])
      expect(reused.every(({ reusedFrom }) => reusedFrom === stopped.evidence.runId)).toBe(true)
      expect(resumed.evidence.attempt).toStrictEqual(stopped.evidence.attempt)
      expect(await readFile(canaries, 'utf8')).toBe(runs)
      expect(resumed.output).toContain(`(re-used from ${stopped.evidence.runId})`)
      const { writes, violations } = await lookAround(world)
      expect(writes).toStrictEqual(['POST comment 41', 'PATCH issue 41', 'POST comment 1038'])
      expect(violations).toStrictEqual([])

      const again = await run(folder, world, '--resume')
      expect(again.exitCode, again.output).toBe(2)
      expect(again.output).toContain('it left no record of a stop')
    } finally {
      await world.close()
      await clearFolder(folder)
      await rm(folder, { recursive: true, force: true })
    }
  },
)
