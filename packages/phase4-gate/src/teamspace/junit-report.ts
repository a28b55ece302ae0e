import { parseXml, type XmlElement } from '@canary-gate/documents'

/** How one test of the suite ended. */
export type Outcome = 'passed' | 'failed' | 'skipped' | 'xfailed' | 'xpassed'

export interface SuiteCase {
  /** `<class path>::<name>`: equal for the same test in every run. */
  readonly id: string
  /** Module that the test is in, as its class path or file names it; null where neither does. */
  readonly modules: readonly string[]
  readonly outcome: Outcome
}

/** What a report or a log says about one run of the suite. */
export interface Report {
  readonly cases: readonly SuiteCase[]
  /** When the run began, as the report says; null where it does not. */
  readonly timestamp: string | null
  /** Why the report cannot be believed; empty if it can. */
  readonly problems: readonly string[]
}

const maximumBytes = 64 * 1024 * 1024

/**
 * Reads a JUnit report as pytest writes it. Every test case is counted; what the report says about
 * itself in total must agree. Elements and attributes that nobody here knows are problems: one of
 * them may be how a newer runner says that a test did not pass.
 *
 * @throws DocumentError where the text is not an XML document at all
 */
export function readJUnit(source: Uint8Array | string): Report {
  const root = parseXml(source, maximumBytes)
  const problems: string[] = []
  if (root.name !== 'testsuites' && root.name !== 'testsuite')
    problems.push(`its root is <${root.name}>, not <testsuites>`)
  const cases = casesOf(root, problems)
  const ids = cases.map(({ id }) => id)
  const repeated = ids.filter((id, index) => ids.indexOf(id) !== index)
  problems.push(...[...new Set(repeated)].map((id) => `${id} is there more than once`))
  const first = root.name === 'testsuite' ? root : root.children.find(isSuite)
  return { cases, timestamp: first?.attributes['timestamp'] ?? null, problems }
}

const isSuite = ({ name }: XmlElement): boolean => name === 'testsuite'

const suiteAttributes = [
  ...['name', 'tests', 'failures', 'errors', 'skipped', 'time', 'timestamp', 'hostname'],
  ...['id', 'package'],
]
/** What each element may say in attributes; one that is not here may say anything, because it is a failure. */
const attributesOf: ReadonlyMap<string, readonly string[]> = new Map([
  ['testsuites', suiteAttributes],
  ['testsuite', suiteAttributes],
  ['testcase', ['name', 'classname', 'time', 'file', 'line', 'url', 'assertions']],
  ['skipped', ['type', 'message']],
  ['properties', []],
  ['property', ['name', 'value']],
  ['system-out', []],
  ['system-err', []],
])
const talk = ['properties', 'system-out', 'system-err']
/** Their text is what a program or a person wrote. */
const withText = ['skipped', 'system-out', 'system-err', 'failure', 'error']

function casesOf(element: XmlElement, problems: string[]): SuiteCase[] {
  refuseUnknown(element, problems)
  const cases = element.children.flatMap((child): SuiteCase[] => {
    if (child.name === 'testcase') return [caseOf(child, problems)]
    if (isSuite(child)) return casesOf(child, problems)
    if (talk.includes(child.name)) refuseResultsIn(child, problems)
    else problems.push(`<${child.name}> is not part of a report`)
    return []
  })
  compareTotals(element, cases, problems)
  return cases
}

/**
 * Properties, printed text and the reason of a skip say nothing about a result: one that is inside of them
 * would go unseen.
 */
function refuseResultsIn(element: XmlElement, problems: string[]): void {
  refuseUnknown(element, problems)
  for (const child of element.children)
    if (element.name === 'properties' && child.name === 'property') refuseResultsIn(child, problems)
    else problems.push(`<${element.name}> holds <${child.name}>`)
}

/** A total that is stated must be the number of the cases; one that is not stated says nothing. */
function compareTotals(
  { name, attributes }: XmlElement,
  cases: readonly SuiteCase[],
  problems: string[],
): void {
  const count = (...outcomes: readonly Outcome[]): number =>
    cases.filter(({ outcome }) => outcomes.includes(outcome)).length
  const compare = (key: string, stated: number | null, counted: number): void => {
    if (stated !== null && stated !== counted)
      problems.push(`<${name}> says ${key}="${stated}", its test cases are ${counted}`)
  }
  const [failures, errors] = [totalOf(attributes['failures']), totalOf(attributes['errors'])]
  const failed = failures === null && errors === null ? null : (failures ?? 0) + (errors ?? 0)
  compare('tests', totalOf(attributes['tests']), cases.length)
  compare('failures and errors', failed, count('failed'))
  compare('skipped', totalOf(attributes['skipped']), count('skipped', 'xfailed'))
}

function totalOf(text: string | undefined): number | null {
  if (text === undefined) return null
  return /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
}

function caseOf(element: XmlElement, problems: string[]): SuiteCase {
  refuseUnknown(element, problems)
  const { name = '', classname = '', file = '', time } = element.attributes
  if (name === '') problems.push('a test case has no name')
  if (time !== undefined && !/^\d+(?:\.\d+)?(?:e-\d+)?$/.test(time))
    problems.push(`${name}: its time is "${time}"`)
  return {
    id: `${classname}::${name}`,
    modules: [...classname.split('.'), ...moduleOfPath(file)],
    outcome: outcomeOf(element, name, problems),
  }
}

/** `tests/test_a.py` → `test_a`. */
export function moduleOfPath(path: string): string[] {
  const base = path.split('/').at(-1) ?? ''
  return base === '' ? [] : [base.replace(/\.\w+$/, '')]
}

function outcomeOf({ children }: XmlElement, test: string, problems: string[]): Outcome {
  for (const child of children) if (talk.includes(child.name)) refuseResultsIn(child, problems)
  const results = children.filter(({ name }) => !talk.includes(name))
  const unknown = results.filter(({ name }) => !['failure', 'error', 'skipped'].includes(name))
  problems.push(...unknown.map(({ name }) => `${test}: <${name}> is not a result that is known`))
  if (results.some(({ name }) => ['failure', 'error'].includes(name))) return 'failed'
  const skipped = results.find(({ name }) => name === 'skipped')
  if (skipped === undefined) return 'passed'
  refuseResultsIn(skipped, problems)
  if (results.length > 1) problems.push(`${test}: is skipped more than once`)
  const type = skipped.attributes['type'] ?? 'pytest.skip'
  if (type === 'pytest.xfail') return 'xfailed'
  if (type !== 'pytest.skip') problems.push(`${test}: is skipped as "${type}"`)
  return 'skipped'
}

/** Attributes that are not known, and text where no report has any. */
function refuseUnknown({ name, attributes, text }: XmlElement, problems: string[]): void {
  const known = attributesOf.get(name)
  for (const attribute of Object.keys(attributes))
    if (known?.includes(attribute) === false)
      problems.push(`<${name}> has the attribute "${attribute}"`)
  if (!withText.includes(name) && text.trim() !== '')
    problems.push(`<${name}> holds the text "${text.trim().slice(0, 80)}"`)
}
