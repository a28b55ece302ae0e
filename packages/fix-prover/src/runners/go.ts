import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join, posix } from 'node:path'
import type { TestCase } from './case.ts'
import { firstLines, type Frame, inTree, toFailure } from './case.ts'
import { endedOf, ownFolder, runTestProgram } from './program.ts'
import { type RunRequest, type Suite, suiteOf, type TestRun } from './runner.ts'
import { showOnDisk } from './shown.ts'

interface GoEvent {
  readonly Action: string
  readonly Package?: string
  readonly Test?: string
  readonly Output?: string
  readonly ImportPath?: string
}

/** `go test -json` on the packages of the test files. */
export function goSuite(
  folder: string,
  files: readonly string[],
  install: (tree: string) => Promise<void>,
): Suite {
  const own = { prepare: install, run: (request: RunRequest) => run(folder, request) }
  return suiteOf('go test', folder, files, own)
}

async function run(folder: string, request: RunRequest): Promise<TestRun> {
  const own = await ownFolder(request.scratch)
  const packages = [
    ...new Set(request.files.map((file) => `./${posix.relative(folder, dirname(file))}`)),
  ]
  const seconds = Math.max(1, Math.round(request.timeoutMs / 1500))
  const shuffle = request.seed === undefined ? [] : [`-shuffle=${request.seed}`]
  const names = request.files.every((file) => request.only?.has(file))
    ? request.files.flatMap((file) => request.only?.get(file) ?? [])
    : []
  const chosen = names.length === 0 ? [] : [`-run=${pathOf(names)}`]
  const overlay = request.shown === undefined ? [] : await overlaid(request, own)
  const flags = ['-json', '-count=1', `-timeout=${seconds}s`, ...shuffle, ...chosen, ...overlay]
  const outcome = await runTestProgram({
    command: ['go', 'test', ...flags, ...packages],
    cwd: join(request.tree, folder),
    own,
    env: { GOFLAGS: '-mod=mod', GOPROXY: 'off', ...goFolders() },
    timeoutMs: request.timeoutMs,
    signal: request.signal,
  })
  return readGoEvents(outcome.stdout, request, folder, endedOf(outcome))
}

/**
 * Compiles what is there now under other names, and leaves the files themselves, which say something else, out of
 * the program: also what embeds one gets what the disk says.
 */
async function overlaid(request: RunRequest, own: string): Promise<readonly string[]> {
  const texts = [...(await showOnDisk(request))].filter(([file]) => file.endsWith('.go'))
  const replaced: Record<string, string> = {}
  for (const [at, [file, text]] of texts.entries()) {
    const [runs, left] = [join(own, `${at}-runs.go`), join(own, `${at}-left.go`)]
    const shown = await readFile(file, 'utf8')
    await writeFile(runs, `//line ${file}:1\n${text}`)
    await writeFile(
      left,
      `//go:build canary\n\n${shown.replaceAll(/^\/\/ ?[+g]o?:?build\b/gm, '// ')}`,
    )
    replaced[file.replace(/\.go$/, '.canary.go')] = runs
    replaced[file] = left
  }
  await writeFile(join(own, 'overlay.json'), JSON.stringify({ Replace: replaced }))
  return [`-overlay=${join(own, 'overlay.json')}`]
}

/** Each part between slashes is a pattern of its own: of one subtest all of them, of several tests the first. */
function pathOf(names: readonly string[]): string {
  const paths = names.map((name) =>
    name.split('/').map((part) => part.replaceAll(/[^\w ]/g, String.raw`\$&`)),
  )
  const [first = [], second] = paths
  if (second === undefined) return first.map((part) => `^${part}$`).join('/')
  return `^(?:${paths.map(([top]) => top).join('|')})$`
}

/** Modules and compiled packages are kept between runs: they are named by their content. */
export function goFolders(): Record<string, string> {
  const home = process.env['HOME'] ?? '/root'
  const path = process.env['GOPATH'] ?? join(home, 'go')
  return {
    GOPATH: path,
    GOMODCACHE: process.env['GOMODCACHE'] ?? join(path, 'pkg', 'mod'),
    GOCACHE: process.env['GOCACHE'] ?? join(home, '.cache', 'go-build'),
  }
}

function readGoEvents(
  output: string,
  request: RunRequest,
  folder: string,
  ended: { readonly timedOut: boolean; readonly what: string },
): TestRun {
  const events = output.split('\n').flatMap(parsed)
  const cases = casesOf(events, request, folder)
  const failedBuilds = events.filter(({ Action }) => Action === 'build-fail')
  const isBroken = failedBuilds.length > 0 || /\[(?:build|setup) failed\]/.test(output)
  const built = events.flatMap((one) => (one.Action === 'build-output' ? [one.Output ?? ''] : []))
  const unloaded = isBroken
    ? request.files.filter((file) => !cases.some((one) => one.file === file))
    : []
  const reason = firstLines(built.join(''))
  // A benchmark, or what a build tag keeps away, is not a test that ran.
  const isDone = events.some(({ Action, Test }) => Action === 'pass' && Test === undefined)
  if (cases.length + unloaded.length === 0 && !isDone)
    return { kind: ended.timedOut ? 'timed-out' : 'not-reported', what: ended.what }
  const why = reason === '' ? 'it does not compile' : reason
  return {
    kind: 'reported',
    cases,
    unloaded: new Map(unloaded.map((file) => [file, why])),
    hits: null,
  }
}

function parsed(line: string): readonly GoEvent[] {
  if (!line.startsWith('{')) return []
  try {
    return [JSON.parse(line) as GoEvent]
  } catch {
    return []
  }
}

function casesOf(
  events: readonly GoEvent[],
  request: RunRequest,
  folder: string,
): readonly TestCase[] {
  const output = new Map<string, string>()
  const ends = new Map<string, string>()
  for (const { Action, Package = '', Test, Output = '' } of events) {
    const key = `${Package}\0${Test ?? ''}`
    if (Action === 'output') output.set(key, (output.get(key) ?? '') + Output)
    if (Test === undefined) continue
    if (Action === 'run') ends.set(key, 'open')
    if (/^(?:pass|fail|skip)$/.test(Action)) ends.set(key, Action)
  }
  const isParent = (key: string): boolean =>
    [...ends.keys()].some((one) => one.startsWith(`${key}/`))
  const saysNothing = ([key, end]: readonly [string, string]): boolean =>
    end === 'fail' && !isParent(key) && !ownFailure.test(output.get(key) ?? '')
  // Go prints the panic of a subtest behind the test that it is in, that of an example behind all of them.
  for (const [key, text] of output) {
    const around = key.endsWith('\0') ? key : `${key}/`
    const own = [...ends].find((one) => one[0].startsWith(around) && saysNothing(one))
    if (own === undefined || !/^panic: /m.test(text)) continue
    output.set(own[0], text)
    output.delete(key)
  }
  return [...ends].flatMap(([key, end]) => {
    const [pack = '', test = ''] = key.split('\0')
    const text = output.get(key) ?? ''
    // A parent fails with its children; only what it says itself is its own failure.
    if (isParent(key) && !(end === 'fail' && ownFailure.test(text))) return []
    return [toCase(pack, test, end, text, request, folder)]
  })
}

/** What a test says itself; of an example what it printed is compared. */
const ownFailure = /_test\.go:\d+: |^panic: |^got:\n/m

function toCase(
  pack: string,
  test: string,
  end: string,
  text: string,
  request: RunRequest,
  folder: string,
): TestCase {
  const file = request.files.find((one) => isOfPackage(one, pack)) ?? null
  const common = { id: `${pack} > ${test}`, name: test, file, hits: null }
  if (end === 'pass') return { ...common, outcome: 'passed', failure: null }
  if (end === 'skip') return { ...common, outcome: 'skipped', failure: null }
  const panic = /^panic: (?<what>.*)$/m.exec(text)?.groups?.['what']
  const isHang = panic?.startsWith('test timed out') ?? end === 'open'
  const said = [
    ...text.matchAll(/_test\.go:\d+: (?<what>[\s\S]*?)(?=\n\s{0,4}\S+_test\.go|\n---|$)/g),
  ]
  const printed = /^got:\n[\s\S]*?(?=\n---|$(?![\s\S]))/m.exec(text)?.[0]
  const frames = framesOf(text, join(request.tree, folder))
  const raw = {
    type: '',
    message: panic ?? printed ?? said.map(({ groups }) => groups?.['what'] ?? '').join(' '),
    phase: isHang ? ('hang' as const) : ('call' as const),
    isAssertion: panic === undefined,
    frames,
  }
  const failure = toFailure(raw, request.tree)
  // What does not exist does not compile: a panic at the test's own line is about what came back.
  const kind =
    failure.kind === 'error' || failure.kind === 'missing-name' ? 'assertion' : failure.kind
  return { ...common, outcome: 'failed', failure: { ...failure, kind } }
}

function isOfPackage(file: string, pack: string): boolean {
  const folder = posix.dirname(file)
  return (
    folder === '.' ||
    pack.endsWith(`/${folder}`) ||
    folder.endsWith(pack.slice(pack.lastIndexOf('/')))
  )
}

/** A goroutine's stack names the innermost call first. */
function framesOf(text: string, folder: string): readonly Frame[] {
  const frames = [...text.matchAll(/^\s+(?<file>\/\S+\.go):(?<line>\d+)/gm)].map(({ groups }) => ({
    file: groups?.['file'] ?? '',
    line: Number(groups?.['line']),
  }))
  const own = frames.filter(({ file }) => inTree(file, folder) !== null)
  const line = /_test\.go:(?<line>\d+): /.exec(text)
  if (own.length > 0 || line === null) return own.toReversed()
  const name = /(?<file>\w+_test\.go):\d+: /.exec(text)?.groups?.['file'] ?? ''
  return [{ file: name, line: Number(line.groups?.['line']) }]
}
