import type { Change, ChangedFile } from '../changes/change.ts'
import { changesOfTexts } from '../changes/line-diff.ts'
import { hasTestedDocuments, testItems, testLines } from '../runners/rust-tests.ts'

/** Product files that also hold tests, in the state before with the tests of the state after. */
export async function testPartOf({ files }: Change): Promise<ReadonlyMap<string, string | null>> {
  const own = await Promise.all(files.filter(hasOwnTests).map(withOwnTests))
  return new Map(own.map(({ path, before }) => [path, before]))
}

/** Rust keeps unit tests in the file that they test, and runs the code in its documents. */
export function hasOwnTests({ path, role, after }: ChangedFile): boolean {
  if (role === 'test' || !path.endsWith('.rs') || after === null) return false
  return testItems(after).length > 0 || hasTestedDocuments(after)
}

/** Whether the tests in such a file are changed, too. */
export function changesOwnTests(file: ChangedFile): boolean {
  if (!hasOwnTests(file)) return false
  const [old, now] = sides(file).map(({ tests }) => tests.join('\n'))
  return old !== now
}

/** A file with the change of its product code alone: before, too, it has the tests of the state after. */
export async function withOwnTests(file: ChangedFile): Promise<ChangedFile> {
  if (!hasOwnTests(file) || file.before === null) return file
  const [old = none, now = none] = sides(file)
  const changes = await changesOfTexts(text(old.product), text(now.product))
  const lines = new Map((file.after ?? '').split('\n').map((line, at) => [at + 1, [line]]))
  for (const { before, after } of changes) {
    const taken = old.product.slice(before.first - 1, before.first - 1 + before.count)
    const own = now.numbers.slice(after.first - 1, after.first - 1 + after.count)
    for (const number of own) lines.set(number, [])
    const isFirst = own.length === 0 && after.first === 0
    const place = own[0] ?? now.numbers[Math.max(0, after.first - 1)] ?? 0
    const there = lines.get(place) ?? []
    lines.set(place, isFirst ? [...taken, ...there] : [...there, ...taken])
  }
  const ordered = [...lines].toSorted(([one], [other]) => one - other)
  // Of the blank lines at the end any may be the one that is gone.
  const joined = ordered.flatMap(([, some]) => some).join('\n')
  return {
    ...file,
    before: file.after?.endsWith('\n') === true ? text([joined.trimEnd()]) : joined,
  }
}

interface Side {
  readonly product: readonly string[]
  /** Line numbers of the product lines. */
  readonly numbers: readonly number[]
  readonly tests: readonly string[]
}

const none: Side = { product: [], numbers: [], tests: [] }

/** The product lines and the test lines of both states. */
function sides({ before, after }: ChangedFile): readonly Side[] {
  const texts = [before ?? '', after ?? '']
  const areDocumentsTested = texts.some(hasTestedDocuments)
  return texts.map((source) => {
    const own = testLines(source, areDocumentsTested)
    const lines = source.split('\n')
    const numbers = lines.flatMap((_, at) => (own.has(at + 1) ? [] : [at + 1]))
    return {
      product: numbers.map((number) => lines[number - 1] ?? ''),
      numbers,
      tests: lines.filter((_, at) => own.has(at + 1)),
    }
  })
}

function text(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`
}
