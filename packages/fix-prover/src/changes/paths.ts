/** What a changed file is to a fix. */
export type Role = 'product' | 'test' | 'document' | 'other'

const sourceExtensions = /\.(?:py|pyi|[cm]?[jt]sx?)$/
/** Code that no reader here understands: it is named, never judged. */
const foreignExtensions =
  /\.(?:go|rs|rb|java|kt|c|cc|cpp|h|hpp|cs|php|swift|scala|lua|pl|ex|exs|sh|sql)$/
const testFolder = /(?:^|\/)(?:tests?|__(?:tests?|mocks|fixtures|snapshots)__|specs?|testdata)\//
const testName =
  /(?:^|\/)(?:test_[^/]*\.pyi?|[^/]*_test\.py|tests\.py|conftest\.py|[^/]*_test\.go|(?:[^/]*_)?tests?\.rs|[^/]*[._-](?:test|spec)s?(?:-d)?\.[cm]?[jt]sx?|tests?\.[cm]?[jt]sx?)$|^test\.py$/
const documentName =
  /(?:\.(?:md|mdx|rst|adoc|txt)|(?:^|\/)(?:LICENSE|CHANGELOG|AUTHORS|NOTICE)[^/]*)$/i
const documentFolder = /(?:^|\/)docs?\//
/** What measures a product and does not belong to it. */
const benchmark = /\.bench\.[cm]?[jt]sx?$|^bench(?:marks?)?\//

const settings =
  /(?:^|\/)(?:\.[^/]+|package(?:-lock)?\.json|[\w.-]+[.-]lock(?:b|\.\w+)?|tsconfig[\w.-]*\.json|pyproject\.toml|setup\.cfg|tox\.ini|[\w-]*requirements[\w-]*\.txt|go\.(?:mod|sum)|Cargo\.toml|pom\.xml|Makefile|Dockerfile)(?:$|\/)/i

/** The role of a file by its path. Tests win: a README below `tests/` is part of the tests. */
export function roleOf(path: string): Role {
  if (testFolder.test(path) || testName.test(path)) return 'test'
  if (benchmark.test(path)) return 'document'
  if (sourceExtensions.test(path)) return 'product'
  if (documentName.test(path) || documentFolder.test(path)) return 'document'
  return 'other'
}

/** Whether a changed product file is code of a language without a reader. */
export function isForeignCode(path: string): boolean {
  return roleOf(path) === 'other' && foreignExtensions.test(path)
}

/** What tests use besides other tests; a runner reports nothing for it. */
const helperPlace =
  /(?:^|\/)(?:fixtures?|__fixtures__|helpers?|support|__mocks__|mocks?|__snapshots__|snapshots?|testdata|data|utils?)\/|(?:^|\/)(?:conftest|__init__)\.py$|\.d\.[cm]?ts$|\.pyi$/

/** Where code of tests often is that is named like none; whether it is, tells who uses it. */
const supportPlace =
  /(?:^|\/)(?:fixtures?|helpers?|support|mocks?|stubs?|fakes?|testing|test[-_]?(?:utils?|helpers?|support|kit))\/|(?:^|\/)(?:(?:vitest|jest|ava)\.[\w.-]+|\.mocharc)\.[cm]?[jt]s$|(?:^|[./_-])(?:set-?up|mocks?|fixtures?|test[-_]?(?:utils?|helpers?))[^/]*\.\w+$/i

/** Whether a product file may be code of tests. */
export function maySupportTests(path: string): boolean {
  return roleOf(path) === 'product' && supportPlace.test(path)
}

/** What no runner of tests is given: settings of tests, types, and tests of types. */
const neverRun = /(?:^|\/)conftest\.py$|\.pyi$|\.d\.[cm]?ts$|[._-]tests?-d\.[cm]?tsx?$/

/** What bears the name of a test and is none: `tap-snapshots/test/range.js.test.cjs`. */
const keptPlace = /(?:^|\/)(?:__)?(?:fixtures?|(?:tap-)?snapshots?)(?:__)?\//

/** Whether a test file is one that a runner can be given, not a fixture or a helper of tests. */
export function isTestModule(path: string): boolean {
  if (roleOf(path) !== 'test' || isNeverRun(path)) return false
  if (testName.test(path)) return !keptPlace.test(path)
  return /\.(?:py|[cm]?[jt]sx?|go|rs|java|kt)$/.test(path) && !helperPlace.test(path)
}

/** What tools read, and no program: manifests, lock files, settings. */
export function isSettings(path: string): boolean {
  return settings.test(path)
}

/** Whether a file belongs to tests, and has none that runs. */
export function isNeverRun(path: string): boolean {
  return neverRun.test(path)
}
