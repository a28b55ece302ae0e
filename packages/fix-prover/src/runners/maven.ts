import { readdir, readFile, rm } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { type Frame, numbered, type RawFailure, type TestCase, toFailure } from './case.ts'
import { type Testcase, testcasesIn } from './junit.ts'
import { endedOf, ownFolder, runTestProgram } from './program.ts'
import { type RunRequest, type Suite, suiteOf, type TestRun } from './runner.ts'

/** JUnit through Maven's Surefire, offline: what it needs was fetched when the tree was prepared. */
export function mavenSuite(
  folder: string,
  files: readonly string[],
  repository: string,
  install: (tree: string) => Promise<void>,
): Suite {
  const own = { prepare: install, run: (request: RunRequest) => run(folder, repository, request) }
  return suiteOf('maven', folder, files, own)
}

/** The words that run some test classes. */
export function mavenWords(repository: string, files: readonly string[]): readonly string[] {
  const classes = files.map((file) => posix.basename(file).replace(/\.\w+$/, ''))
  return [
    ...['mvn', '-B', '-q', `-Dmaven.repo.local=${repository}`, '-DfailIfNoTests=false'],
    ...['-Dsurefire.failIfNoSpecifiedTests=false', '-DtrimStackTrace=false', '-Dstyle.color=never'],
    ...['-Dmaven.test.failure.ignore=true', `-Dtest=${classes.join(',')}`, 'test'],
  ]
}

async function run(folder: string, repository: string, request: RunRequest): Promise<TestRun> {
  const own = await ownFolder(request.scratch)
  const cwd = join(request.tree, folder)
  const words = mavenWords(repository, request.files)
  const order = request.seed === undefined ? [] : ['-Dsurefire.runOrder=reversealphabetical']
  await rm(join(cwd, 'target', 'surefire-reports'), { recursive: true, force: true })
  const outcome = await runTestProgram({
    command: [...words.slice(0, 1), '-o', ...order, ...words.slice(1)],
    cwd,
    own,
    // A run of a few tests ends before compiling hot code pays.
    env: { MAVEN_OPTS: '-XX:TieredStopAtLevel=1' },
    timeoutMs: request.timeoutMs,
    signal: request.signal,
  })
  const reports = await reportsIn(join(cwd, 'target', 'surefire-reports'))
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
