import { describeOutcome, type ProgramOutcome, runProgram } from '@canary-gate/programs'
import { blocked, redact } from '@canary-gate/gate-kernel'
import { missingTool } from '../run/missing-tool.ts'
import type { GateRun } from '../run/run.ts'
import { harnessEnvironment } from './environment.ts'

/** A self-test looks at the harness alone; how long a canary may take says nothing about it. */
const selfTestTimeoutMs = 300_000

/**
 * The harness checks itself before the first canary. One failing self-test stops the gate already:
 * two were once waved through, and what the canary said afterwards could not be believed.
 * @throws GateStop `blocked`, with every failing self-test as a finding; `tool-missing` where one could not
 *   be started
 */
export async function runSelfTests(run: GateRun): Promise<void> {
  const env = harnessEnvironment(run.world, await run.facts.read('installation'))
  const { selfTests, cwd } = run.world.canary
  const findings: string[] = []
  for (const command of selfTests) {
    run.progress(`self-test of the canary harness: ${command.join(' ')}`)
    const outcome = await runProgram({ command, cwd, env, timeoutMs: selfTestTimeoutMs })
    const missing = missingTool(outcome, command)
    if (missing !== undefined) throw missing
    if (outcome.kind !== 'exited' || outcome.exitCode !== 0) {
      findings.push(`${command.join(' ')}: ${describeOutcome(outcome)}${lastLine(outcome)}`)
    }
  }
  if (findings.length === 0) return
  throw blocked({
    code: 'harness-self-test',
    what: `${findings.length} of ${selfTests.length} self-tests of the canary harness failed`,
    where: cwd,
    next:
      findings.length >= 2
        ? 'find the root cause of all of them before any canary run; a broken harness proves nothing'
        : 'repair the harness, then run the gate again; a broken harness proves nothing',
    findings,
  })
}

function lastLine(outcome: ProgramOutcome): string {
  const line = outcome.log.trim().split('\n').at(-1) ?? ''
  return line === '' ? '' : `: ${redact(line)}`
}
