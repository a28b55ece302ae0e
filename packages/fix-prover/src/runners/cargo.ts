import { join, posix } from 'node:path'
import { numbered, type TestCase, toFailure } from './case.ts'
import { endedOf, ownFolder, runTestProgram } from './program.ts'
import { type RunRequest, type Suite, suiteOf, type TestRun } from './runner.ts'
import { showOnDisk } from './shown.ts'
import { hasTestedDocuments, isTestLine, readSource } from './rust-tests.ts'

/** `cargo test` on the targets of the test files: files below `tests/`, and the library's own modules. */
export function cargoSuite(
  folder: string,
  files: readonly string[],
  install: (tree: string) => Promise<void>,
): Suite {
  const own = { prepare: install, run: (request: RunRequest) => run(folder, request) }
  return suiteOf('cargo test', folder, files, own)
}

async function run(folder: string, request: RunRequest): Promise<TestRun> {
  const names = request.files.flatMap((file) => request.only?.get(file) ?? [])
  const isChosen = names.length > 0 && request.files.every((file) => request.only?.has(file))
  const chosen = isChosen ? ['--exact', ...names] : []
  const targets = targetsOf(folder, request.files)
  if (request.shown !== undefined) return runCompiled(folder, request, targets, chosen)
  const code = await runTargets(folder, request, targets, chosen)
  if (code.kind !== 'reported' || code.unloaded.size > 0 || !hasDocuments(request)) return code
  const documents = await runTargets(folder, request, ['--doc'], chosen.slice(1))
  if (documents.kind !== 'reported') return code.cases.length > 0 ? code : documents
  return { ...code, cases: numbered([...code.cases, ...documents.cases]) }
}

/** Compiles what is there now, and runs it while the disk says something else. */
async function runCompiled(
  folder: string,
  request: RunRequest,
  targets: readonly string[],
  chosen: readonly string[],
): Promise<TestRun> {
  await runTargets(folder, request, [...targets, '--no-run'], [])
  await showOnDisk(request)
  return runTargets(folder, request, targets, chosen)
}

/** Whether a product file among the tests has code in its documents, which Cargo compiles and runs one by one. */
function hasDocuments({ files, tree }: RunRequest): boolean {
  return files
    .filter((file) => !/(?:^|\/)tests\//.test(file))
    .some((file) => hasTestedDocuments(readSource(join(tree, file))))
}

async function runTargets(
  folder: string,
  request: RunRequest,
  targets: readonly string[],
  chosen: readonly string[],
): Promise<TestRun> {
  const own = await ownFolder(request.scratch)
  const words = [...targets, '--', '--test-threads=2', ...chosen]
  const outcome = await runTestProgram({
    command: ['cargo', 'test', '--offline', '--no-fail-fast', ...words],
    cwd: join(request.tree, folder),
    own,
    env: { ...cargoFolders(), RUST_BACKTRACE: '1', CARGO_TERM_COLOR: 'never' },
    timeoutMs: request.timeoutMs,
    signal: request.signal,
  })
  return readCargo(outcome.stdout, outcome.stderr, request, folder, endedOf(outcome))
}

export function cargoFolders(): Record<string, string> {
  const home = process.env['HOME'] ?? '/root'
  return {
    CARGO_HOME: process.env['CARGO_HOME'] ?? join(home, '.cargo'),
    RUSTUP_HOME: process.env['RUSTUP_HOME'] ?? join(home, '.rustup'),
  }
}

function targetsOf(folder: string, files: readonly string[]): readonly string[] {
  const paths = files.map((file) => posix.relative(folder, file))
  const own = paths.filter((path) => /^tests\/[^/]+\.rs$/.test(path))
  const names = own.flatMap((path) => ['--test', posix.basename(path, '.rs')])
  const hasModules = own.length < paths.length
  return hasModules && own.length > 0 ? ['--lib', '--bins', ...names] : hasModules ? [] : names
}

function readCargo(
  stdout: string,
  stderr: string,
  request: RunRequest,
  folder: string,
  ended: { readonly timedOut: boolean; readonly what: string },
): TestRun {
  const errors = stderr.split('\n').filter((line) => /^error(?:\[\w+\])?:/.test(line))
  if (stderr.includes('could not compile')) {
    const why = errors.slice(0, 3).join(' | ').slice(0, 500)
    const unloaded = new Map(request.files.map((file) => [file, why]))
    return { kind: 'reported', cases: [], unloaded, hits: null }
  }
  const cases = targetParts(stdout, stderr).flatMap(({ target, text }) =>
    casesOf(target, text, request, folder),
  )
  const isDone = targetParts(stdout, stderr).length > 0
  if (cases.length > 0 || isDone)
    return { kind: 'reported', cases, unloaded: new Map(), hits: null }
  return { kind: ended.timedOut ? 'timed-out' : 'not-reported', what: ended.what }
}

/** Cargo names each target on standard error, in the order of the reports on standard output. */
function targetParts(stdout: string, stderr: string): { target: string; text: string }[] {
  const names = [...stderr.matchAll(/^\s+(?:Running (?:unittests )?|(?=Doc-tests ))(?<path>\S+)/gm)]
  const texts = stdout.split(/^running \d+ tests?$/m).slice(1)
  return texts.map((text, at) => ({ target: names[at]?.groups?.['path'] ?? '', text }))
}

function casesOf(target: string, text: string, request: RunRequest, folder: string): TestCase[] {
  return [
    ...text.matchAll(
      /^test (?<name>\S+(?: - .*?\(line \d+\))?)(?: - (?:should panic|compile(?: fail)?))* \.\.\. (?<end>ok|FAILED|ignored)/gm,
    ),
  ].map(({ groups }) => {
    const name = groups?.['name'] ?? ''
    const file = fileOf(target, name, request.files, folder)
    // The code of a document is named by its line, which differs from tree to tree.
    const id = `${target} > ${name.replace(/ \(line \d+\)$/, '')}`
    const common = { id, name: name.replace(/ \(line \d+\)$/, ''), file, hits: null }
    if (groups?.['end'] === 'ok') return { ...common, outcome: 'passed' as const, failure: null }
    if (groups?.['end'] === 'ignored')
      return { ...common, outcome: 'skipped' as const, failure: null }
    return {
      ...common,
      outcome: 'failed' as const,
      failure: failureOf(name, text, request, folder),
    }
  })
}

function fileOf(
  target: string,
  name: string,
  files: readonly string[],
  folder: string,
): string | null {
  const direct = files.find((file) => file === posix.join(folder, target))
  if (direct !== undefined && target.startsWith('tests/')) return direct
  const documented = files.find((file) => name.startsWith(`${posix.relative(folder, file)} - `))
  if (documented !== undefined) return documented
  const module = name.split('::')[0] ?? ''
  return files.find((file) => posix.basename(file, '.rs') === module) ?? direct ?? files[0] ?? null
}

function failureOf(
  name: string,
  text: string,
  request: RunRequest,
  folder: string,
): TestCase['failure'] {
  const own = printedBy(name, text)
  const panic =
    /panicked at (?:'(?<old>[\s\S]*?)', )?(?<file>[^\s:]+):(?<line>\d+):\d+:?\n?(?<what>[\s\S]*?)(?=\nstack backtrace|\nnote:|$)/.exec(
      own,
    )
  const { file = '', line = '0', what = '', old } = panic?.groups ?? {}
  const path = posix.join(folder, file)
  const raw = {
    type: '',
    message: (old ?? what).trim() || own.trim().split('\n').slice(1, 4).join(' '),
    phase: 'call' as const,
    isAssertion: true,
    frames: file === '' ? [] : [{ file: join(request.tree, path), line: Number(line) }],
  }
  const failure = toFailure(raw, request.tree)
  if (/^error(?:\[\w+\])?:/m.test(own) && own.includes("Couldn't compile the test"))
    return { ...failure, kind: 'load', line: null }
  const isRaised = file.startsWith('src/') && !isTestLine(request.tree, path, Number(line))
  return {
    ...failure,
    kind: isRaised ? 'raised' : 'assertion',
    line: isRaised ? null : Number(line),
  }
}

/** What a test that failed has printed. */
function printedBy(name: string, text: string): string {
  const start = text.indexOf(`---- ${name} stdout ----`)
  const rest = text.slice(start < 0 ? 0 : start)
  const end = rest.search(/\n(?:---- |failures:)/)
  return end < 0 ? rest : rest.slice(0, end)
}
