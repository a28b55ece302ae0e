import type { Change } from '../changes/change.ts'
import { linesIn } from './foreign-units.ts'
import type { CriterionHunk } from './criterion-hunks.ts'
import type { Hunk } from '../proving/hunks.ts'
import type { ProveTest } from '../proving/report.ts'
import { readFiles } from '../reading/files.ts'
import { unreadNames } from '../reading/product-use.ts'
import { switchesOf } from '../reading/switches.ts'
import { type TestReading, testTreesOf } from '../reading/tests.ts'
import { plain } from './reasons.ts'
import type { Reason } from './report.ts'
import { catchesOutput, isTuning, wordsOf } from './words.ts'

/** Why what was proven may not be what users get. Each reason makes a person look; none rejects. */
export interface Doubts {
  /** Whatever test proves it. */
  readonly ofAll: readonly Reason[]
  /** Of a proof by this hunk alone. */
  ofHunk(hunk: number): readonly Reason[]
  /** Of a proof by this test alone. */
  ofTest(test: ProveTest): readonly Reason[]
  /** Names that the change adds and that only tests use. */
  readonly testOnlyNames: readonly string[]
}

/** @param hunks all of the change; `own` those of the criterion */
export async function doubtsAbout(
  change: Change,
  hunks: readonly Hunk[],
  own: readonly CriterionHunk[],
  tests: readonly TestReading[],
): Promise<Doubts> {
  const added = hunks.flatMap((hunk) => addedIn(change, hunk))
  const testOnly = await testOnlyNames(change, hunks, own)
  const switches = await switchNames(change, added)
  const texts = testTexts(change, tests)
  return {
    ofAll: [...asking(added), ...uncaught(change, own)],
    ofHunk: (id) => own.filter(({ hunk }) => hunk.id === id).flatMap((one) => ofHunk(change, one)),
    ofTest: (test) => [...restingOn(testOnly, test, texts), ...switchedBy(switches, test, texts)],
    testOnlyNames: testOnly,
  }
}

interface AddedLine {
  readonly path: string
  readonly text: string
}

function addedIn({ files }: Change, { file, after }: Hunk): readonly AddedLine[] {
  const text = files.find(({ path }) => path === file)?.after ?? null
  return linesIn(text, after).map((line) => ({ path: file, text: line }))
}

/** It asks whether it is being tested. */
function asking(added: readonly AddedLine[]): readonly Reason[] {
  return added
    .filter(({ path, text }) => wordsOf(path)?.asksForTest.test(text))
    .map(({ path, text }) => ({
      ...plain(
        'under-test',
        `it asks whether it is being tested, so it may act otherwise for users: ${text.trim()}`,
      ),
      file: path,
    }))
}

/** Output in languages where it cannot be taken out for a run, and tests that look at output. */
function uncaught(change: Change, own: readonly CriterionHunk[]): readonly Reason[] {
  const tests = change.files.filter(({ role }) => role === 'test').map(({ after }) => after ?? '')
  const added = own.flatMap(({ hunk }) => addedIn(change, hunk))
  if (!catchesOutput.test(tests.join('\n'))) return []
  return added
    .filter(
      ({ path, text }) => /\.(?:go|rs|java|kt)$/.test(path) && wordsOf(path)?.writes.test(text),
    )
    .map(({ path, text }) => ({
      ...plain('output', `it writes output, and the tests look at output: ${text.trim()}`),
      file: path,
    }))
}

function ofHunk(change: Change, { hunk, name, mixedWith }: CriterionHunk): readonly Reason[] {
  const place = { file: hunk.file, unit: name }
  const others = mixedWith.map((other) => ({
    ...plain('mixed', `the same lines also change ${other}, which is not of the criterion`),
    ...place,
  }))
  const file = change.files.find(({ path }) => path === hunk.file)
  const lines = [
    ...linesIn(file?.before ?? null, hunk.before),
    ...linesIn(file?.after ?? null, hunk.after),
  ].filter((line) => line.trim() !== '')
  if (lines.length === 0 || !lines.every(isTuning)) return others
  const text = `only how long or how often may be changed here: ${lines.at(-1)?.trim() ?? ''}`
  return [...others, { ...plain('timing', text), ...place }]
}

const identifier = String.raw`[A-Za-z_$][\w$]*`
/** What a line writes to or fills. */
const writes = [
  new RegExp(
    String.raw`(?<name>${identifier})(?:\[(?:[^[\]]|\[[^\]]*\])*\])*\s*(?::[^=]+)?(?:\+|-|\*|\|\||\?\?|\||&)?=(?!=)`,
    'g',
  ),
  new RegExp(
    String.raw`(?<name>${identifier})\.(?:append|appendleft|add|push|unshift|insert|extend|update|setdefault|set)\(`,
    'g',
  ),
  new RegExp(String.raw`(?<name>${identifier})\s*(?:\+\+|--)`, 'g'),
]
/** What a line defines. */
const defines = [
  new RegExp(String.raw`(?:def|function|func|fn|get|set)\s+(?<name>${identifier})`, 'g'),
  new RegExp(String.raw`^\s*(?:async\s+|static\s+)*#?(?<name>${identifier})\([^()]*\)\s*\{`, 'g'),
  new RegExp(
    String.raw`^(?:export\s+)?(?:const|let|var)\s+(?<name>${identifier})\s*=\s*(?:async\s*)?(?:\([^()]*\)\s*=>|${identifier}\s*=>|function\b)`,
    'g',
  ),
]

async function testOnlyNames(
  change: Change,
  hunks: readonly Hunk[],
  own: readonly CriterionHunk[],
): Promise<readonly string[]> {
  const { repo, fix, files } = change
  const isOwn = ({ id }: Hunk): boolean => own.some(({ hunk }) => hunk.id === id)
  const names = hunks.flatMap((hunk) => {
    const before = files.find(({ path }) => path === hunk.file)?.before ?? null
    // A function of the criterion that was there is what users have, whatever its head says now.
    const heads = isOwn(hunk) ? linesIn(before, hunk.before) : []
    const old = new Set(heads.flatMap((line) => namesIn(defines, line)))
    return addedIn(change, hunk)
      .flatMap(({ text }) => namesIn([...writes, ...defines], text))
      .filter((name) => !old.has(name))
  })
  const tests = files.filter(({ role }) => role === 'test').map(({ after }) => after ?? '')
  const used = [...new Set(names)].filter((name) => tests.some((text) => mentions(text, name)))
  return [...(await unreadNames(repo, fix, used))]
}

function namesIn(forms: readonly RegExp[], text: string): readonly string[] {
  return forms.flatMap((form) =>
    [...text.matchAll(form)].map(({ groups }) => groups?.['name'] ?? ''),
  )
}

function mentions(text: string, name: string): boolean {
  return new RegExp(`(?<![\\w$])${name.replaceAll('$', '\\$')}(?![\\w$])`).test(text)
}

/** Names that only tests switch on: where the language is parsed, and settings that are read by name. */
async function switchNames(
  change: Change,
  added: readonly AddedLine[],
): Promise<readonly string[]> {
  const pairs = readFiles(change.files).flatMap((file) => file.pairs)
  const tests = change.files.filter(({ role }) => role === 'test').map(({ after }) => after ?? '')
  const settings = added.flatMap(({ path, text }) =>
    [...text.matchAll(wordsOf(path)?.setting ?? /(?!)/g)].map(
      ({ groups }) => groups?.['name'] ?? '',
    ),
  )
  const found = await switchesOf(change, pairs, testTreesOf(change))
  return [
    ...new Set([...found, ...settings.filter((name) => tests.some((text) => text.includes(name)))]),
  ]
}

/** The text of a test, and what its file and the helpers have outside of tests. */
interface TestText {
  readonly own: string
  readonly around: string
  /** From the line at which it failed. */
  readonly from: (line: number | null) => string
}

type TestTexts = (test: ProveTest) => TestText

function testTexts({ files }: Change, tests: readonly TestReading[]): TestTexts {
  const sources = new Map(tests.map(({ file, source }) => [file, source]))
  const helpers = files.filter(({ path, role }) => role === 'test' && !sources.has(path))
  const shared = helpers.map(({ after }) => after ?? '').join('\n')
  return ({ id, file }) => {
    const all = tests.filter((one) => file === null || one.file === file)
    const named = all.filter(({ name }) => name !== '' && id.includes(name))
    const path = file ?? named[0]?.file ?? ''
    const source = sources.get(path) ?? files.find((one) => one.path === path)?.after ?? ''
    const lines = source.split('\n')
    const span = named.findLast((one) => one.file === path || file === null)?.lines
    const own = span === undefined ? lines : lines.slice(span[0] - 1, span[1])
    const isInTest = (number: number): boolean =>
      all.some(({ lines: [first, last] }) => first <= number && number <= last)
    const around = lines.filter((_, at) => !isInTest(at + 1)).join('\n')
    return {
      own: own.join('\n'),
      around: `${around}\n${shared}`,
      from: (line) => (line === null ? own.join('\n') : statementAt(lines, line)),
    }
  }
}

/** Lines of one statement, by its brackets. */
function statementAt(lines: readonly string[], first: number): string {
  const found: string[] = []
  for (const line of lines.slice(first - 1, first + 11)) {
    found.push(line)
    const text = found.join('\n').replace(/(["'`])(?:\\.|(?!\1).)*\1/g, '')
    const open = text.match(/[([{]/g)?.length ?? 0
    if (open <= (text.match(/[)\]}]/g)?.length ?? 0)) break
  }
  return found.join('\n')
}

/** What the test asserts, or calls, is there for tests alone. */
function restingOn(names: readonly string[], test: ProveTest, texts: TestTexts): readonly Reason[] {
  const { own, from } = texts(test)
  const failing = from(test.line)
  return names
    .filter((name) => behind(own, name).some((one) => mentions(failing, one)) || calls(own, name))
    .map((name) => plain('test-only', `no product code reads ${name}, which the test looks at`))
}

function calls(text: string, name: string): boolean {
  return new RegExp(
    `(?<![\\w$])${name.replaceAll('$', '\\$')}["']?(?:,[^()]*)?\\)?(?:\\?\\.)?\\(`,
  ).test(text)
}

/** The name, and what the test makes of it or hands to it: `hits` of `queue.on_row(hits.append)`. */
function behind(text: string, name: string): readonly string[] {
  const found = new Set([name])
  for (let size = -1; size !== found.size;) {
    size = found.size
    for (const line of text.split('\n')) {
      if (![...found].some((one) => mentions(line, one)) || /\b(?:assert|expect)/.test(line))
        continue
      const { made, given } =
        /^\s*(?:(?:const|let|var)\s+)?(?<made>\w+)\s*=(?!=)|\((?<given>[A-Za-z_]\w*)[.,)]/.exec(
          line,
        )?.groups ?? {}
      for (const one of [made, given]) if (one !== undefined) found.add(one)
    }
  }
  return [...found]
}

function switchedBy(
  names: readonly string[],
  test: ProveTest,
  texts: TestTexts,
): readonly Reason[] {
  const { own, around } = texts(test)
  return names
    .filter((name) => mentions(`${own}\n${around}`, name.replace(/\(….*$/, '')))
    .map((name) =>
      plain(
        'test-only-switch',
        `only tests switch ${name} on, nothing in the product does: show who sets it for users, or make the fix work without it`,
      ),
    )
}
