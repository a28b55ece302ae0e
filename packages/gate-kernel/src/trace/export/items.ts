import { allowedInXml } from '../../xml/characters.ts'
import type { TracedRequirement, TraceReport, TraceStatus } from '../report.ts'

/** A requirement as other tools know it. */
export interface ExportedRequirement {
  /** `GATE.FR-001`: the slash of our ids is not allowed in theirs. */
  readonly id: string
  readonly text: string
  /** False for what its spec puts off: then no test is demanded. */
  readonly needsTest: boolean
}

/** A test as other tools know it. */
export interface ExportedTest {
  /** Unique in the export, made of letters, digits and underscores. */
  readonly id: string
  readonly title: string
  readonly file: string
  readonly status: TraceStatus
  /** Requirements that it names, unknown ones included: the other tool has to notice them. */
  readonly names: readonly string[]
}

/** What is exported, whatever the format: requirements, and tests with what they name. */
export interface TraceExport {
  readonly requirements: readonly ExportedRequirement[]
  readonly tests: readonly ExportedTest[]
}

/**
 * The report as items that know each other by id. A test that names two requirements is one item with
 * two links; a test of an unknown requirement, or of none, is an item as well.
 */
export function exportItems(report: TraceReport): TraceExport {
  const tests = new Map<
    string,
    { title: string; file: string; status: TraceStatus; names: string[] }
  >()
  const add = (
    file: string,
    title: string,
    status: TraceStatus,
    names: readonly string[],
  ): void => {
    const key = `${file}\0${title}`
    const known = tests.get(key)
    if (known === undefined) tests.set(key, { file, title, status, names: [...names] })
    else {
      known.names.push(...names.filter((name) => !known.names.includes(name)))
      known.status = worse(known.status, status)
    }
  }
  for (const requirement of report.requirements)
    for (const { file, title, status } of requirement.tests)
      add(file, title, status, [requirement.id])
  for (const { file, title, status, names } of report.testsWithoutRequirement)
    add(file, title, status, names)
  return {
    requirements: report.requirements.map(exportedRequirement),
    tests: [...tests.values()].map((test, index) => ({
      ...test,
      title: allowedInXml(test.title),
      id: `test_${index + 1}`,
      names: test.names.map(exportedId),
    })),
  }
}

function exportedRequirement({ id, text, status }: TracedRequirement): ExportedRequirement {
  return { id: exportedId(id), text: allowedInXml(text), needsTest: status !== 'deferred' }
}

/** `GATE/FR-001` → `GATE.FR-001`. */
export function exportedId(id: string): string {
  return id.replaceAll('/', '.')
}

const order: readonly TraceStatus[] = ['passed', 'outdated', 'not-run', 'failed']

function worse(left: TraceStatus, right: TraceStatus): TraceStatus {
  return order.indexOf(left) > order.indexOf(right) ? left : right
}
