import { type Node, walk } from '../syntax/node.ts'
import type { Pair } from './files.ts'

/** A changed function that asks whether it is being tested. */
export interface UnderTest {
  readonly file: string
  readonly unit: string
  readonly lines: readonly [number, number]
  /** What it looks for. */
  readonly marker: string
}

/** What test runners leave in the environment, in the list of modules or in the command line. */
const markers =
  /^["']?(?:_?pytest|unittest|PYTEST_\w+|NODE_TEST_CONTEXT|JEST_WORKER_ID|VITEST\w*|NODE_ENV|TESTING|UNDER_TEST|IS_TEST|RUNNING_TESTS)["']?$/

/** Whether a function newly asks for a runner of tests: then what it does is for tests alone. */
export function underTestOf(
  { path, name, before, after }: Pair,
  lines: readonly [number, number],
): readonly UnderTest[] {
  if (after === null) return []
  const old = before === null ? [] : markersIn(before.core)
  const added = markersIn(after.core).filter((marker) => !old.includes(marker))
  return [...new Set(added)].map((marker) => ({ file: path, unit: name, lines, marker }))
}

function markersIn(core: Node): readonly string[] {
  return [...walk(core)].flatMap(({ text }) =>
    markers.test(text) ? [text.replace(/["']/g, '')] : [],
  )
}
