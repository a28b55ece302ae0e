import type { Change, ChangedFile } from '../changes/change.ts'
import { isForeignCode, isNeverRun, isSettings, isTestModule } from '../changes/paths.ts'
import type { Hunk } from './hunks.ts'
import { isImportedByCode, onlyServesTests } from './product-files.ts'
import type { ProveReport } from './report.ts'

type Told = Pick<ProveReport, 'verdict'> & { readonly reasons: readonly string[] }

/** What is said where the change has no test that was run. */
export function noTest(change: Change): Told {
  const untried = untriedTest(change)
  if (untried !== null)
    return cannotTell(`no test was run: ${untried} may hold one, and no runner here is given it`)
  const reason = 'product code changes, and no test is added or changed'
  return { verdict: 'no test', reasons: [reason] }
}

export function cannotTell(reason: string): Told {
  return { verdict: 'cannot tell', reasons: [reason] }
}

/** What is said where nothing that the change does was found; `hunks` are of code. */
export async function nothing(change: Change, hunks: readonly Hunk[]): Promise<Told> {
  const product = await productAmongTests(change)
  if (product !== null)
    return cannotTell(`${product} is in a folder of tests, and product code uses it`)
  const link = linkIn(change)
  if (link !== null) return cannotTell(`${link} is a link or a submodule, which is not taken back`)
  const roles = new Set(change.files.map(({ role }) => role))
  const isRead = hunks.length > 0
  const only = roles.has('test')
    ? 'only tests change, and no product code'
    : 'no product code changes'
  const reason = isRead ? 'only comments, layout, types, names or places change' : only
  return { verdict: 'nothing to prove', reasons: [reason] }
}

interface Judged extends Told {
  readonly hunks?: ProveReport['hunks']
}

/** What only tests use is proven by nothing: it is part of what proves. A link is proven by nothing either. */
export async function ofProduct<Outcome extends Judged>(
  change: Change,
  isNarrow: boolean,
  outcome: Outcome,
): Promise<Outcome> {
  const link = isNarrow ? null : linkIn(change)
  if (outcome.verdict === 'proven' && link !== null) {
    const reason = `${link} is a link or a submodule, which is not taken back`
    return { ...outcome, verdict: 'partly', reasons: [reason, ...outcome.reasons] }
  }
  const proven = outcome.hunks?.filter(({ state }) => state === 'proven') ?? []
  const files = [...new Set(proven.map(({ file }) => file))]
  const support = await Promise.all(files.map((path) => onlyServesTests(change, path)))
  if (files.length === 0 || support.includes(false)) return outcome
  const reason = `no product code uses ${files.join(', ')}: it may be a part of the tests`
  return { ...outcome, ...cannotTell(reason) }
}

/** A link or a submodule that the change touches, apart from tests and documents; null where there is none. */
function linkIn({ files }: Change): string | null {
  const isOther = (role: string): boolean => role !== 'test' && role !== 'document'
  return files.find(({ isLink, role }) => isLink === true && isOther(role))?.path ?? null
}

/** A changed file that may be, or hold, tests which nothing here runs; null where certainly no test changes. */
function untriedTest({ files }: Change): string | null {
  const found = files.find(
    (file) => file.after !== null && file.after !== file.before && mayTest(file),
  )
  return found?.path ?? null
}

function mayTest(file: ChangedFile): boolean {
  const { path, role, after } = file
  if (role === 'document') return false
  if (testFormat.test(path) || holdsOther(file, inDocuments)) return true
  if (role === 'test')
    return !isSettings(path) && !isNeverRun(path) && !/\.(?:md|rst|adoc)$/.test(path)
  return isForeignCode(path) ? testPlace.test(path) : testText.test(after ?? '')
}

/** Formats of tests for runners that are not known here. */
const testFormat = /\.(?:feature|bats|robot|hurl|t|cy\.[jt]sx?)$/

/** Where other languages have their tests: `Foo.Tests/FooTests.cs`, `foo_test.cc`, `foo_spec.rb`. */
const testPlace =
  /(?:^|[./_-])(?:[Tt]ests?|[Ss]pecs?|e2e)[./_-]|(?:Tests?|Specs?|IT|Steps)\.\w+$|\/Tests?[^/]*$/

/** A test, and what gives them, in a file that is not named as one. */
const testText =
  /^\s*(?:describe|it|test)(?:\.\w+)?\(\s*['"`]|import\.meta\.vitest|\b(?:from|require\()\s*['"](?:node:test|vitest|@jest\/globals|@playwright\/test|ava|tape|tap|uvu|bun:test)['"]|^(?:async )?def test_\w+\(|\(unittest\.TestCase\)/m

/** Tests in documents of code: Python, Elixir, Rust. */
const inDocuments = /^\s*(?:#\s*)?(?:>>>|iex>)\s.*|^\s*\/\/[/!].*\bassert.*/gm

function holdsOther({ before, after }: ChangedFile, what: RegExp): boolean {
  return (after?.match(what) ?? []).join('\n') !== (before?.match(what) ?? []).join('\n')
}

/**
 * A changed file in a folder of tests that product code names, and that is not a test: it may be product
 * code; null where there is none.
 */
async function productAmongTests(change: Change): Promise<string | null> {
  for (const file of change.files) {
    const isOpen =
      file.role === 'test' &&
      isTestModule(file.path) &&
      file.after !== null &&
      !testText.test(file.after)
    if (isOpen && (await isImportedByCode(change, file.path))) return file.path
  }
  return null
}
