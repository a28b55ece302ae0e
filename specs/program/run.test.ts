import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import {
  gateFile,
  passing,
  runShortGate,
  runShortProgram,
} from '../../fixtures/short-run/short-run.ts'
import { exampleWorld } from '../../packages/phase4-gate/src/live-config/example.ts'
import { spec } from '../spec.ts'
import { withShortGate } from '../weakenings/weakened.ts'

spec(
  'GATE/FR-011',
  'canary-gate run releases, publishes once and prints the evidence',
  async () => {
    await withShortGate(async (folder) => {
      const result = await runShortProgram(folder, ['run', '--json'])
      expect(result, result.output).toMatchObject({ exitCode: 0, publications: 1 })
      expect(JSON.parse(result.stdout)).toMatchObject({
        verdict: 'release',
        state: 'GATE_COMPLETE',
      })
    })
  },
)

spec('GATE/FR-008', 'variables that would weaken the run are cleared before it', async () => {
  await withShortGate(async (folder) => {
    const variables = { VITEST_MAX_WORKERS: '4', VITEST_POOL_ID: '7' }
    const result = await runShortProgram(folder, ['run'], variables)
    expect(result.evidence?.weakenings).toEqual([])
    expect(result.exitCode).toBe(0)
  })
})

spec('GATE/FR-008', 'options of the test runner are refused, not passed on', async () => {
  await withShortGate(async (folder) => {
    for (const option of ['--retry=2', '--bail=0', '-t=x', '--reporter=json', '--update']) {
      const result = await runShortProgram(folder, ['run', option])
      expect(result.exitCode, option).toBe(2)
      expect(result.evidence).toBeUndefined()
    }
  })
})

spec('GATE/FR-011', 'a dry run proves everything and publishes nothing', async () => {
  await withShortGate(async (folder) => {
    const result = await runShortProgram(folder, ['run', '--dry-run'])
    expect(result).toMatchObject({ exitCode: 0, publications: 0 })
    expect(result.evidence).toMatchObject({ verdict: 'hold', stop: { code: 'dry-run' } })
    expect(result.evidence?.state).toBe('THIRD_PASSED')
    expect(result.output).toContain(
      'PROVEN  everything was proven, nothing was written: 3 of 5 requirements passed; the other 2 are met by writing',
    )
    expect(result.output).toMatch(/Next {8}run the gate without it: .*canary-gate run\n/)
    expect(result.output).not.toMatch(/STOPPED|HOLD|not judged|Stopped at|Weakened|Then /)
    const report = await runShortProgram(folder, ['report'])
    expect(report.exitCode, report.output).toBe(0)
    expect(report.stdout).toContain('## PROVEN: everything was proven')
  })
})

spec('GATE/FR-011', 'a dry run that stops is a stop', async () => {
  await withShortGate(async (folder) => {
    await writeFile(gateFile(folder, 2), passing(2, `() => Promise.reject(new Error('no'))`))
    const result = await runShortProgram(folder, ['run', '--dry-run'])
    expect(result.exitCode).toBe(3)
    expect(result.evidence?.stop).toMatchObject({ requirement: 'GATE/FR-006' })
  })
})

spec(
  'GATE/FR-008',
  'without fresh evidence nothing is released, whatever the exit code',
  async () => {
    await withShortGate(async (folder) => {
      expect((await runShortProgram(folder, ['run'])).exitCode).toBe(0)
      await writeFile(join(folder, 'vitest.config.ts'), `export default {}\n`)
      const result = await runShortProgram(folder, ['run'])
      expect(result.exitCode).toBe(3)
      expect(result.output).toContain('left no evidence: not released')
    })
  },
)

spec(
  ['GATE/FR-011', 'GATE/FR-012'],
  'a publication that breaks is completed by --resume',
  async () => {
    await withShortGate(async (folder) => {
      await writeFile(join(folder, 'breaks'), '')
      const broken = await runShortGate(folder, ['run', 'gate'])
      expect(broken.exitCode).toBe(1)
      expect(broken.evidence).toMatchObject({ verdict: 'hold', state: 'THIRD_PASSED' })
      expect(broken.evidence?.stop).toMatchObject({ requirement: 'GATE/FR-012' })
      expect(broken.output).toContain('canary-gate publish --resume')
      const resumed = await runShortProgram(folder, ['publish', '--resume'])
      expect(resumed.exitCode, resumed.output).toBe(0)
      expect(resumed.evidence).toMatchObject({
        verdict: 'release',
        state: 'GATE_COMPLETE',
        stop: null,
      })
    })
  },
)

spec('GATE/FR-011', 'a process that died while publishing left what --resume needs', async () => {
  await withShortGate(async (folder) => {
    await writeFile(join(folder, 'dies'), '')
    const died = await runShortGate(folder, ['run', 'gate'])
    expect(died.evidence).toBeUndefined()
    const resumed = await runShortProgram(folder, ['publish', '--resume', '--json'])
    expect(resumed.exitCode, resumed.output).toBe(0)
    expect(JSON.parse(resumed.stdout)).toMatchObject({ verdict: 'release' })
  })
})

spec(
  ['GATE/FR-011', 'GATE/FR-012'],
  'what changed while it was published is told by --resume until it is as it was proven',
  async () => {
    await withShortGate(async (folder) => {
      await writeFile(join(folder, 'reopens'), '')
      const held = await runShortGate(folder, ['run', 'gate'])
      expect(held.exitCode).toBe(1)
      const stop = { requirement: 'GATE/C-005', code: 'blocker-open' }
      expect(held.evidence).toMatchObject({ verdict: 'hold', state: 'THIRD_PASSED', stop })
      expect(held.output).toContain('not after its last write; the comments stand')
      const again = await runShortProgram(folder, ['publish', '--resume'])
      expect(again.exitCode, again.output).toBe(1)
      expect(again.evidence).toMatchObject({ verdict: 'hold', stop })
      await rm(join(folder, 'reopened'))
      const resumed = await runShortProgram(folder, ['publish', '--resume'])
      expect(resumed, resumed.output).toMatchObject({ exitCode: 0, publications: 1 })
      expect(resumed.evidence).toMatchObject({ verdict: 'release', state: 'GATE_COMPLETE' })
      // One whose disk was full while it was attested is not finished; one that is attested is.
      const run = (await readFile(join(folder, 'artifacts', 'gate', 'latest'), 'utf8')).trim()
      const ended = await runShortProgram(folder, ['publish', '--resume', run])
      expect(ended, ended.output).toMatchObject({ exitCode: 3, publications: 1 })
      expect(ended.output).toContain('is complete, and its verdict is attested')
      await rm(join(folder, 'artifacts', 'gate', run, 'attestations', 'vsa.dsse.json'))
      const attested = await runShortProgram(folder, ['publish', '--resume'])
      expect(attested, attested.output).toMatchObject({ exitCode: 0, publications: 1 })
    })
  },
)

spec('GATE/FR-011', 'a judgement that names anything but passes publishes nothing', async () => {
  await withShortGate(async (folder) => {
    await writeFile(join(folder, 'breaks'), '')
    await runShortGate(folder, ['run', 'gate'])
    const runs = join(folder, 'artifacts', 'gate')
    const id = (await readFile(join(runs, 'latest'), 'utf8')).trim()
    const judgement = join(runs, id, 'judgement.json')
    const text = await readFile(judgement, 'utf8')
    await writeFile(judgement, text.replace('"verdict": "pass"', '"verdict": "not-run"'))
    const resumed = await runShortProgram(folder, ['publish', '--resume', id])
    expect(resumed).toMatchObject({ exitCode: 3, publications: 1 })
  })
})

spec(
  'GATE/FR-011',
  'what one gate has proven is not published by another one, nor in another world',
  async () => {
    for (const changed of ['gate/world.ts', 'gate/gate.ts', 'world.json'] as const)
      await withShortGate(async (folder) => {
        await writeFile(join(folder, 'breaks'), '')
        await runShortGate(folder, ['run', 'gate'])
        const runs = join(folder, 'artifacts', 'gate')
        const id = (await readFile(join(runs, 'latest'), 'utf8')).trim()
        const file = join(changed === 'world.json' ? join(runs, id) : folder, changed)
        const before = await readFile(file, 'utf8')
        await writeFile(file, `${before} `)
        const refused = await runShortProgram(folder, ['publish', '--resume', id])
        expect(refused, refused.output).toMatchObject({ exitCode: 3, publications: 1 })
        expect(refused.output).toContain('was changed after everything had passed')
        await writeFile(file, before)
        const resumed = await runShortProgram(folder, ['publish', '--resume', id])
        expect(resumed.exitCode, resumed.output).toBe(0)
      })
  },
)

spec(
  'GATE/FR-011',
  'a publication is not completed where another machine may answer for GitHub, or code was loaded',
  async () => {
    await withShortGate(async (folder) => {
      await writeFile(join(folder, 'breaks'), '')
      await runShortGate(folder, ['run', 'gate'])
      for (const variables of [
        { NODE_TLS_REJECT_UNAUTHORIZED: '0' },
        { NODE_OPTIONS: '--require=/dev/null' },
      ]) {
        const refused = await runShortProgram(folder, ['publish', '--resume'], variables)
        expect(refused, refused.output).toMatchObject({ exitCode: 2, publications: 1 })
      }
    })
  },
)

spec('GATE/FR-011', 'a run that was held, or weakened, has nothing to publish', async () => {
  await withShortGate(async (folder) => {
    const held = await runShortGate(folder, ['run', 'gate', '--retry=1'])
    const id = /artifacts\/gate\/([^/]+)\/evidence/.exec(held.output)?.[1] ?? ''
    const named = await runShortProgram(folder, ['publish', '--resume', id])
    expect(named).toMatchObject({ exitCode: 3, publications: 0 })
    const newest = await runShortProgram(folder, ['publish', '--resume'])
    expect(newest).toMatchObject({ exitCode: 2, publications: 0 })
  })
})

spec(
  'GATE/FR-008',
  'what cannot be resumed is a wrong argument, said before anything runs',
  async () => {
    await withShortGate(async (folder) => {
      const rehearsed = await runShortProgram(folder, ['run', '--resume'])
      expect(rehearsed.exitCode, rehearsed.output).toBe(2)
      expect(rehearsed.output).toContain('nothing of a rehearsal can be resumed')
      const config = join(folder, 'live.json')
      await writeFile(config, JSON.stringify(exampleWorld))
      const words = ['run', '--config', config, '--resume']
      const none = await runShortProgram(folder, words)
      expect(none.exitCode, none.output).toBe(2)
      expect(none.output).toContain('has a verdict; start one without --resume')
      for (const id of ['20260520T080000Z-1f3a', '../elsewhere']) {
        const unknown = await runShortProgram(folder, [...words, id])
        expect(unknown.exitCode, unknown.output).toBe(2)
        expect(unknown.evidence).toBeUndefined()
      }
    })
  },
)
