import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, delimiter, join } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished } from 'vitest'
import { type DeploymentName, deployments } from '../../../fixtures/real-tools/deployments.ts'
import { homesBelow } from '../../../fixtures/real-tools/gated-candidate.ts'
import type { Play, Played } from '../../../fixtures/real-tools/play-canary.ts'
import { canaryRunSchema } from '../../../packages/phase4-gate/src/run/canary-run.ts'
import { spec } from '../../spec.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const program = join(root, 'fixtures', 'real-tools', 'play-canary.ts')

/** The engine of this checkout, where the real candidates are played. */
async function playEngine(deployment: DeploymentName): Promise<Played> {
  const folder = await mkdtemp(join(tmpdir(), 'engine-canary-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const bin = join(root, 'packages', 'spec-kitty', 'bin', 'spec-kitty.js')
  const asked: Play = { bin, python: process.execPath, deployment, folder }
  const path = [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter)
  const { stdout } = await execa(process.execPath, [program, JSON.stringify(asked)], {
    extendEnv: false,
    env: { ...homesBelow(folder), PATH: path, TMPDIR: folder },
    stdin: 'ignore',
  })
  return JSON.parse(stdout) as Played
}

for (const deployment of Object.keys(deployments) as DeploymentName[]) {
  spec(
    'GATE/FR-007',
    `the engine passes all four scenarios at the deployment "${deployment}"`,
    async () => {
      const { latest } = await playEngine(deployment)
      const { outcome, scenarios } = canaryRunSchema.parse(latest)
      expect(scenarios.filter(({ status }) => status === 'fail')).toStrictEqual([])
      expect(outcome).toBe('pass')
    },
  )
}
