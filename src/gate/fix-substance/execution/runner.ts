import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describeOutcome, plainEnvironment, runProgram } from '../../process.ts'
import { parseJunit, type TestCase } from './junit.ts'

/** One command for the test files of one language. */
export interface TestCommand {
  readonly files: RegExp
  /** `{tests}` expands to the test files, `{report}` to the JUnit file to write. */
  readonly command: readonly string[]
}

/** How the changed tests are run. */
export interface TestRunner {
  readonly commands: readonly TestCommand[]
  /** Run once in every work tree before its tests, e.g. `uv sync`. */
  readonly prepare: readonly string[] | null
  readonly timeoutMs: number
  /** Variables that tests must not see. */
  readonly secretNames: readonly string[]
}

/** What became of one run of the tests on one tree. Only `reported` proves that anything ran. */
export type TestRun =
  | { readonly kind: 'reported'; readonly cases: readonly TestCase[] }
  | { readonly kind: 'timed-out'; readonly what: string }
  | { readonly kind: 'not-reported'; readonly what: string }

/** Runs test files in a work tree and reads the machine report; exit code and printed text count for nothing. */
export async function runTests(
  runner: TestRunner,
  tree: string,
  scratch: string,
  testFiles: readonly string[],
): Promise<TestRun> {
  const folder = await mkdtemp(join(scratch, 'run-'))
  const env = await environment(runner, tree, folder)
  if (runner.prepare !== null) {
    const outcome = await runProgram({
      command: runner.prepare,
      cwd: tree,
      env,
      timeoutMs: runner.timeoutMs,
    })
    if (outcome.kind !== 'exited' || outcome.exitCode !== 0)
      return {
        kind: 'not-reported',
        what: `${runner.prepare.join(' ')}: ${describeOutcome(outcome)}: ${tail(outcome.log)}`,
      }
  }
  const runs: TestRun[] = []
  for (const { files, command } of runner.commands) {
    const own = testFiles.filter((file) => files.test(file))
    if (own.length > 0)
      runs.push(await runCommand({ runner, command, tree, env, scratch: folder }, own))
  }
  return merged(runs)
}

interface Call {
  readonly runner: TestRunner
  readonly command: readonly string[]
  readonly tree: string
  readonly env: Readonly<Record<string, string>>
  /** Folder for the report. */
  readonly scratch: string
}

async function runCommand(call: Call, testFiles: readonly string[]): Promise<TestRun> {
  const report = join(await mkdtemp(join(call.scratch, 'report-')), 'report.xml')
  const command = expand(call.command, testFiles, report)
  const outcome = await runProgram({
    command,
    cwd: call.tree,
    env: call.env,
    timeoutMs: call.runner.timeoutMs,
  })
  if (outcome.kind === 'timed-out')
    return { kind: 'timed-out', what: `the tests did not end within ${outcome.afterMs} ms` }
  const xml = await readFile(report, 'utf8').catch(() => null)
  const cases = xml === null ? null : parseJunit(xml, testFiles)
  if (cases !== null && cases.length > 0) return { kind: 'reported', cases }
  const what = `no test was reported (${describeOutcome(outcome)}): ${tail(outcome.log)}`
  return { kind: 'not-reported', what }
}

/** Every command must have reported: half a proof is none. */
function merged(runs: readonly TestRun[]): TestRun {
  const cases: TestCase[] = []
  for (const run of runs) {
    if (run.kind !== 'reported') return run
    cases.push(...run.cases)
  }
  if (runs.length > 0) return { kind: 'reported', cases }
  return { kind: 'not-reported', what: 'no test command is configured for these test files' }
}

function expand(
  command: readonly string[],
  testFiles: readonly string[],
  report: string,
): string[] {
  return command.flatMap((word) =>
    word === '{tests}' ? testFiles : [word.replaceAll('{report}', report)],
  )
}

/**
 * A home of its own, the tree's packages first, and nothing of the operator's own settings for git or
 * for the product under test: tests would obey them.
 */
async function environment(
  runner: TestRunner,
  tree: string,
  own: string,
): Promise<Record<string, string>> {
  const home = join(own, 'home')
  await mkdir(home, { recursive: true })
  await writeFile(join(home, '.gitconfig'), gitSettings)
  const inherited = plainEnvironment([...runner.secretNames, 'NODE_TEST_CONTEXT', 'PYTEST_ADDOPTS'])
  const kept = Object.entries(inherited).filter(([name]) => !/^(?:GIT|SPEC_KITTY)_/.test(name))
  return {
    ...Object.fromEntries(kept),
    HOME: home,
    PYTHONPATH: [join(tree, 'src'), tree].join(':'),
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONHASHSEED: '0',
    NO_COLOR: '1',
  }
}

/** Many tests commit into repositories of their own. */
const gitSettings =
  '[user]\n\tname = Tests\n\temail = tests@example.invalid\n[init]\n\tdefaultBranch = main\n'

function tail(log: string): string {
  return log.trim().split('\n').slice(-4).join(' | ').slice(-600)
}
