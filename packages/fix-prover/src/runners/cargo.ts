import { join, posix } from 'node:path'
import { type TestCase, toFailure } from './case.ts'
import { endedOf, ownFolder, runTestProgram } from './program.ts'
import { type RunRequest, type Suite, suiteOf, type TestRun } from './runner.ts'
import { isTestLine } from './rust-tests.ts'

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
  const own = await ownFolder(request.scratch)
  const targets = targetsOf(folder, request.files)
  const outcome = await runTestProgram({
    command: ['cargo', 'test', '--offline', '--no-fail-fast', ...targets, '--', '--test-threads=2'],
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
  if (cases.length > 0) return { kind: 'reported', cases, unloaded: new Map(), hits: null }
  return { kind: ended.timedOut ? 'timed-out' : 'not-reported', what: ended.what }
}

/** Cargo names each target on standard error, in the order of the reports on standard output. */
function targetParts(stdout: string, stderr: string): { target: string; text: string }[] {
  const names = [...stderr.matchAll(/^\s+Running (?:unittests )?(?<path>\S+)/gm)]
  const texts = stdout.split(/^running \d+ tests?$/m).slice(1)
  return texts.map((text, at) => ({ target: names[at]?.groups?.['path'] ?? '', text }))
}

function casesOf(target: string, text: string, request: RunRequest, folder: string): TestCase[] {
  return [
    ...text.matchAll(/^test (?<name>\S+)(?: - should panic)? \.\.\. (?<end>ok|FAILED|ignored)/gm),
  ].map(({ groups }) => {
    const name = groups?.['name'] ?? ''
    const file = fileOf(target, name, request.files, folder)
    const common = { id: `${target} > ${name}`, name, file, hits: null }
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
  const module = name.split('::')[0] ?? ''
  return files.find((file) => posix.basename(file, '.rs') === module) ?? direct ?? files[0] ?? null
}

function failureOf(
  name: string,
  text: string,
  request: RunRequest,
  folder: string,
): TestCase['failure'] {
  const start = text.indexOf(`---- ${name} stdout ----`)
  const rest = text.slice(start < 0 ? 0 : start)
  const end = rest.search(/\n(?:---- |failures:)/)
  const own = end < 0 ? rest : rest.slice(0, end)
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
  const isRaised = file.startsWith('src/') && !isTestLine(request.tree, path, Number(line))
  return {
    ...failure,
    kind: isRaised ? 'raised' : 'assertion',
    line: isRaised ? null : Number(line),
  }
}
