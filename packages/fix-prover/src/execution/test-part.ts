import type { Change, ChangedFile } from '../changes/change.ts'
import { testModules, withTestsOf } from '../runners/rust-tests.ts'

/** Product files that also hold tests, in the state before with the tests of the state after. */
export function testPartOf({ files }: Change): ReadonlyMap<string, string | null> {
  return new Map(
    files
      .filter(hasOwnTests)
      .map(({ path, before, after }) => [path, withTestsOf(before ?? '', after ?? '')]),
  )
}

/** Rust keeps unit tests in the file that they test. */
export function hasOwnTests({ path, role, after }: ChangedFile): boolean {
  return role !== 'test' && path.endsWith('.rs') && testModules(after ?? '').length > 0
}

/** Whether the tests in such a file are changed, too. */
export function changesOwnTests(file: ChangedFile): boolean {
  if (!hasOwnTests(file)) return false
  const tests = (text: string | null): string => withTestsOf('', text ?? '')
  return tests(file.before) !== tests(file.after)
}
