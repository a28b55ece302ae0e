import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { succeed } from './steps.ts'
import { parseJunit } from './junit.ts'
import { endedOf, ownFolder, runTestProgram } from './program.ts'
import { type RunRequest, type Suite, suiteOf, type TestRun } from './runner.ts'

/** A command of the operator's that writes JUnit; it replaces whatever would have been detected. */
export interface TestCommand {
  /** `{tests}` expands to the test files, `{report}` to the JUnit file to write. */
  readonly command: readonly string[]
  /** Run once in every work tree before its tests, e.g. `uv sync`. */
  readonly prepare: readonly string[] | null
  /** Names of variables that the preparation must not see, because they hold secrets. */
  readonly secrets?: readonly string[]
  /** Variables that tests must see. */
  readonly env?: Readonly<Record<string, string>>
}

export function commandSuite(how: TestCommand, files: readonly string[]): Suite {
  return suiteOf(how.command[0] ?? 'command', '', files, {
    prepare: async (tree) => {
      if (how.prepare !== null) await succeed(how.prepare, tree, {}, how.secrets)
    },
    run: (request) => run(how, request),
  })
}

async function run({ command, env = {} }: TestCommand, request: RunRequest): Promise<TestRun> {
  const own = await ownFolder(request.scratch)
  const report = join(own, 'report.xml')
  const words = command.flatMap((word) =>
    word === '{tests}' ? request.files : [word.replaceAll('{report}', report)],
  )
  const paths = [join(request.tree, 'src'), request.tree].join(':')
  const outcome = await runTestProgram({
    command: words,
    cwd: request.tree,
    own,
    env: { PYTHONPATH: paths, PYTHONDONTWRITEBYTECODE: '1', PYTHONHASHSEED: '0', ...env },
    timeoutMs: request.timeoutMs,
    signal: request.signal,
  })
  const ended = endedOf(outcome)
  if (ended.timedOut) return { kind: 'timed-out', what: ended.what }
  const xml = await readFile(report, 'utf8').catch(() => null)
  const cases = xml === null ? null : parseJunit(xml, request.files, request.tree)
  if (cases === null || cases.length === 0) return { kind: 'not-reported', what: ended.what }
  return { kind: 'reported', cases, unloaded: new Map(), hits: null }
}
