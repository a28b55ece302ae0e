import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ifAbsent } from '@canary-gate/documents'
import { blocked, sha256Of, sha256OfFile } from '@canary-gate/gate-kernel'
import { askGit } from '@canary-gate/programs'
import type { Fact } from '../run/facts.ts'
import type { GateRun } from '../run/run.ts'

/**
 * What canary and suite do, as one digest each: the commit that is checked out where they work, what differs
 * from it, and the files that their commands name. Evidence that they write there is not a part of it.
 */
export async function harnessState({ world }: Pick<GateRun, 'world'>): Promise<Fact<'harness'>> {
  const { canary, teamspace } = world
  return {
    canary: await digestOf([canary.command, ...canary.selfTests], canary.cwd),
    suite: await digestOf([teamspace.command], teamspace.cwd),
  }
}

async function digestOf(commands: readonly (readonly string[])[], cwd: string): Promise<string> {
  const evidence = ':(exclude)artifacts'
  const changes = [
    'diff',
    '--no-ext-diff',
    '--no-textconv',
    '--binary',
    'HEAD',
    '--',
    '.',
    evidence,
  ]
  const [commit, changed] = await Promise.all([
    askGit(cwd, ['rev-parse', '--verify', '--quiet', 'HEAD']),
    askGit(cwd, changes),
  ])
  // A folder that is not a checkout has none of these; what the commands name is compared all the same.
  const told = [commit, changed].map((answer) => (answer.ok ? sha256Of(answer.stdout) : 'none'))
  const files = await Promise.all(commands.flat().map((word) => fileNamed(resolve(cwd, word))))
  return sha256Of(JSON.stringify([told, commands, files]))
}

/** An interpreter is large and changes seldom: its time says enough. */
const largest = 16 * 1024 * 1024

async function fileNamed(path: string): Promise<string | null> {
  const found = await stat(path).catch(ifAbsent(null))
  if (found?.isFile() !== true) return null
  return found.size > largest ? `${found.size} ${found.mtimeMs}` : sha256OfFile(path)
}

/** GATE/FR-008 once more: what ran is what was there when the candidate was chosen. */
export async function requireSameHarness(run: GateRun): Promise<void> {
  const before = await run.facts.read('harness')
  const now = await harnessState(run)
  const findings = [
    ...(before.canary === now.canary ? [] : ['the canary harness']),
    ...(before.suite === now.suite ? [] : ['the Teamspace suite']),
  ]
  if (findings.length === 0) return
  throw blocked({
    code: 'harness-changed',
    cause: 'cannot-tell',
    what: `${findings.join(' and ')} was changed while the gate ran`,
    where: run.world.canary.cwd,
    next: 'find out who changed it (git status, git log), then run the whole gate again: canary-gate run',
  })
}
