import { readdir, readFile, rm } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { type Frame, numbered, type RawFailure, type TestCase, toFailure } from './case.ts'
import { type Testcase, testcasesIn } from './junit.ts'
import { endedOf, ownFolder, runTestProgram } from './program.ts'
import { type RunRequest, type Suite, suiteOf, type TestRun } from './runner.ts'
import { showOnDisk } from './shown.ts'

/** Where Maven runs, and what it keeps. */
export interface MavenHow {
  /** Folder of the project whose modules the tests' module is built with; that of the module if it is alone. */
  readonly root: string
  readonly folder: string
  readonly repository: string
}

/** JUnit through Maven's Surefire, offline: what it needs was fetched when the tree was prepared. */
export function mavenSuite(
  { root, folder, repository }: MavenHow,
  files: readonly string[],
  install: (tree: string) => Promise<void>,
): Suite {
  const how = { root, folder, repository }
  const own = { prepare: install, run: (request: RunRequest) => run(how, request) }
  return suiteOf('maven', folder, files, own)
}

/** The words that run some test classes, or some of their tests, and build the modules that they need. */
export function mavenWords(
  { root, folder, repository }: MavenHow,
  files: readonly string[],
  only?: RunRequest['only'],
): readonly string[] {
  const classes = files.flatMap((file) => {
    const name = posix.basename(file).replace(/\.\w+$/, '')
    const names = only?.get(file)?.join('+')
    return names === undefined ? [name] : [`${name}#${names}`, `${name}$*#${names}`]
  })
  const module = root === folder ? [] : ['-pl', posix.relative(root, folder), '-am']
  return [
    ...['mvn', '-B', '-q', `-Dmaven.repo.local=${repository}`, '-DfailIfNoTests=false'],
    ...['-Dsurefire.failIfNoSpecifiedTests=false', '-DtrimStackTrace=false', '-Dstyle.color=never'],
    ...['-Dmaven.test.failure.ignore=true', `-Dtest=${classes.join(',')}`],
    ...[...module, 'test'],
  ]
}

async function run(how: MavenHow, request: RunRequest): Promise<TestRun> {
  const { root, folder } = how
  const own = await ownFolder(request.scratch)
  const reportFolder = join(request.tree, folder, 'target', 'surefire-reports')
  const words = mavenWords(how, request.files, request.only)
  const order = request.seed === undefined ? [] : ['-Dsurefire.runOrder=reversealphabetical']
  await rm(reportFolder, { recursive: true, force: true })
  const maven = (all: readonly string[]): ReturnType<typeof runTestProgram> =>
    runTestProgram({
      command: [...all.slice(0, 1), '-o', ...order, ...all.slice(1)],
      cwd: join(request.tree, root),
      own,
      // A run of a few tests ends before compiling hot code pays.
      env: { MAVEN_OPTS: '-XX:TieredStopAtLevel=1' },
      timeoutMs: request.timeoutMs,
      signal: request.signal,
    })
  if (request.shown !== undefined) {
    await maven(words.with(-1, 'test-compile'))
    await showOnDisk(request)
  }
  const outcome = await maven(words)
  const reports = await reportsIn(reportFolder)
  const cases = numbered(
    reports.flatMap((xml) => testcasesIn(xml) ?? []).map((one) => toCase(one, request, folder)),
  )
  if (cases.length > 0) return { kind: 'reported', cases, unloaded: new Map(), hits: null }
  const ended = endedOf(outcome)
  const compile = /COMPILATION ERROR[\s\S]*?\n(?<why>\[ERROR\] \S+\.java[^\n]*)/.exec(outcome.log)
  if (compile === null)
    return { kind: ended.timedOut ? 'timed-out' : 'not-reported', what: ended.what }
  const why = compile.groups?.['why'] ?? 'it does not compile'
  const unloaded = new Map(request.files.map((file) => [file, why.slice(0, 500)]))
  return { kind: 'reported', cases: [], unloaded, hits: null }
}

/** The reports of this run; those of the last one would prove nothing. */
async function reportsIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => [])
  const xml = names.filter((name) => /^TEST-.*\.xml$/.test(name))
  return Promise.all(xml.map((name) => readFile(join(folder, name), 'utf8')))
}

function toCase(
  { name, owner, failed, isSkipped }: Testcase,
  request: RunRequest,
  folder: string,
): TestCase {
  const simple = owner.split('.').at(-1)?.split('$')[0] ?? ''
  const file = request.files.find((path) => posix.basename(path).startsWith(`${simple}.`)) ?? null
  const common = { id: `${owner} > ${name}`, name: name.replace(/[({].*$/, ''), file, hits: null }
  if (failed === null)
    return { ...common, outcome: isSkipped ? 'skipped' : 'passed', failure: null }
  const raw = rawOf(failed, request, folder)
  return { ...common, outcome: 'failed', failure: toFailure(raw, request.tree) }
}

function rawOf(
  { isError, type, message, body }: NonNullable<Testcase['failed']>,
  request: RunRequest,
  folder: string,
): RawFailure {
  return {
    type: type.split('.').at(-1) ?? type,
    message: message || (body.split('\n')[0] ?? ''),
    phase: /TimeoutException|timed out after/.test(type + message) ? 'hang' : 'call',
    isAssertion:
      !isError || /AssertionError|AssertionFailed|MultipleFailures|ComparisonFailure/.test(type),
    frames: framesOf(body, request, folder),
  }
}

/** `at com.acme.Queue.push(Queue.java:12)`, innermost first; the package says the folder. */
function framesOf(body: string, { tree, files }: RunRequest, folder: string): readonly Frame[] {
  const own = new Set(files.map((file) => posix.basename(file)))
  const cause = body.split(/^Caused by:/m)[0] ?? body
  const frames = [
    ...cause.matchAll(/^\s+at (?:[\w.]+\/)?(?<call>[\w.$<>]+)\((?<file>\w+\.\w+):(?<line>\d+)\)/gm),
  ]
  return frames
    .map(({ groups }) => {
      const parts = (groups?.['call'] ?? '').split('.').slice(0, -2)
      const file = groups?.['file'] ?? ''
      const root = own.has(file) || /Tests?\.\w+$/.test(file) ? 'src/test/java' : 'src/main/java'
      const isLibrary =
        /^(?:java|javax|jdk|sun|org\.junit|org\.opentest4j|org\.apache\.maven|org\.assertj|org\.hamcrest|org\.mockito)(?:\.|$)/.test(
          parts.join('.'),
        )
      const path = join(tree, isLibrary ? 'node_modules' : folder, root, ...parts, file)
      return { file: path, line: Number(groups?.['line']) }
    })
    .toReversed()
}
