import type {
  TracedRequirement,
  TraceReport,
} from '../../../packages/gate-kernel/src/trace/report.ts'

/** Kinds of gaps that a report can have; each is planted ten times. */
export const gapKinds = ['no-test', 'failed', 'not-run', 'outdated', 'unknown'] as const
export type GapKind = (typeof gapKinds)[number]

const EACH = 10

/** A report with 20 sound requirements, one put off, and 50 gaps: ten of each kind. */
export function plantedReport(): TraceReport {
  const sound = ids('SOUND', 20).map((id) => requirement(id, 'passed'))
  const gaps = gapKinds
    .filter((kind) => kind !== 'unknown')
    .flatMap((kind) => gapIds(kind).map((id) => requirement(id, kind)))
  const put_off: TracedRequirement = {
    id: 'GATE/LATER-1',
    text: 'later',
    status: 'deferred',
    tests: [],
  }
  return {
    requirements: [...sound, ...gaps, put_off],
    testsWithoutRequirement: gapIds('unknown').map((id, index) => ({
      file: 'specs/unknown.test.ts',
      title: `${id} proves what nobody demands`,
      ...{ status: 'passed', from: null, names: index % 2 === 0 ? [id] : [], unknown: [id] },
    })),
    gaps: [],
    runs: [],
  }
}

/** The ids of the gaps of one kind, as our report spells them. */
export function gapIds(kind: GapKind): string[] {
  return ids(kind.toUpperCase().replace('-', ''), EACH)
}

function ids(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `GATE/${name}-${index + 1}`)
}

function requirement(id: string, status: TracedRequirement['status']): TracedRequirement {
  const text = `${id} holds, <always> & "everywhere"`
  if (status === 'no-test' || status === 'deferred') return { id, text, status, tests: [] }
  const test = { file: 'specs/planted.test.ts', title: `${id} is tested`, status, from: null }
  return { id, text, status, tests: [test] }
}
