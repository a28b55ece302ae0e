import { blocked } from '@canary-gate/gate-kernel'
import type { Fact } from '../run/facts.ts'
import type { GateRun } from '../run/run.ts'
import { harnessState } from './state.ts'

type Part = Fact<'harness'>['canary']

/** What is another since an earlier look, each in words; what runs leave is not among it. */
export function changesOf(before: Part, now: Part): string[] {
  const others = [...Object.keys(before.programs), ...Object.keys(before.unknown)]
  const known = new Set([...others, ...Object.keys(before.tools)])
  const held = { ...before.programs, ...before.unknown, ...before.tools }
  const found = { ...now.programs, ...now.unknown, ...now.tools }
  return [
    ...(before.commit === now.commit ? [] : ['another commit is checked out']),
    ...(before.commands === now.commands ? [] : ['what the commands name is another']),
    ...(before.tracked === now.tracked ? [] : ['files of the commit were changed']),
    ...[...known]
      .filter((path) => held[path] !== found[path])
      .map((path) => `${path} was ${path in found ? 'changed' : 'removed'}`),
    ...Object.keys(now.programs)
      .filter((path) => !known.has(path))
      .map((path) => `${path} was added`),
  ]
}

/** GATE/FR-008 once more: what ran is what was there when the candidate was chosen, all the time. */
export async function requireSameHarness(run: GateRun): Promise<void> {
  const before = await run.facts.read('harness')
  const now = await harnessState(run)
  const changes = {
    'the canary harness': all(before.canary, now.canary),
    'the Teamspace suite': all(before.suite, now.suite),
  }
  const changed = Object.entries(changes).filter(([, findings]) => findings.length > 0)
  if (changed.length === 0) return
  const findings = [...new Set(changed.flatMap(([, some]) => some))]
  const shown = [...findings.slice(0, 5), ...(findings.length > 5 ? ['…'] : [])].join('; ')
  const whose = changed.map(([part]) => part).join(' and ')
  throw blocked({
    code: 'harness-changed',
    cause: 'cannot-tell',
    what: `${whose} changed while the gate ran: ${shown}`,
    where: run.world.canary.cwd,
    next: 'find out who changed it (git status, git log), then run the whole gate again: canary-gate run',
    findings,
  })
}

/** Within one run also what was changed and put back. */
function all(before: Part, now: Part): string[] {
  const isSameOnly = before.tracked === now.tracked && before.commit === now.commit
  const wasTouched = isSameOnly && before.versions !== now.versions
  return [
    ...changesOf(before, now),
    ...(wasTouched ? ['files of the commit were written and put back'] : []),
  ]
}
