import { gate } from '../../gate/gate.ts'
import type {
  ModuleObservation,
  RunObservation,
} from '../../packages/gate-kernel/src/report/observation.ts'

/** A run in which everything passed and nothing was weakened. */
export function perfectRun(): RunObservation {
  const modules = gate.order.map(passingModule)
  return {
    selected: modules.map((module) => module.file),
    modules,
    foreignModules: [],
    foreignOptions: [],
    changedSettings: [],
    foreignVariables: [],
    dryRun: false,
    unhandledErrors: [],
    reason: 'passed',
  }
}

function passingModule(id: string, place: number): ModuleObservation {
  const number = String(place + 1).padStart(2, '0')
  return {
    file: `gate/${number}-${id.replace('GATE/', '')}-x.test.ts`,
    state: 'passed',
    errors: [],
    tests: [
      {
        title: `${id} holds`,
        state: 'passed',
        mode: 'run',
        fails: false,
        retries: 0,
        repeats: 0,
        errors: [],
        meta: { id, verdict: 'pass' },
        progress: [],
      },
    ],
    startedAt: new Date(Date.UTC(2026, 4, 20, 8, 0, place)),
    durationMs: 10,
  }
}

/** A run that a requirement stopped with the given stop; later modules are skipped by the latch. */
export function stoppedRun(id: string, stop: Record<string, unknown>): RunObservation {
  const run = perfectRun()
  const at = gate.order.findIndex((known) => known === id)
  const modules = run.modules.map((module, place) => {
    const [test] = module.tests
    if (place < at || test === undefined) return module
    const meta =
      place === at
        ? { id, verdict: stop['verdict'], stop }
        : { id: gate.order[place], verdict: 'not-run', stoppedBy: id }
    const state = place === at ? 'failed' : 'skipped'
    return {
      ...module,
      state: place === at ? 'failed' : 'passed',
      tests: [{ ...test, state, meta }],
    }
  })
  return { ...run, modules, reason: 'failed' }
}

export const degraded = {
  code: 'service-degraded',
  verdict: 'blocked',
  cause: 'environment',
  what: 'the service is not ready: 503, drain_queue is degraded',
  where: 'https://service.example/health/ready/',
  next: 'find the failed infra rows, then run the gate again',
} as const
