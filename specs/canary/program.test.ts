import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { execa } from 'execa'
import { expect } from 'vitest'
import { startOf } from '../../packages/phase4-gate/src/interventions/daemon.ts'
import { plainEnvironment } from '../../packages/programs/src/environment.ts'
import { describeOutcome, runProgram } from '../../packages/programs/src/process.ts'
import { spec } from '../spec.ts'

const family = `
  const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 9)'])
  console.log(child.pid)
  setInterval(() => {}, 9)`

async function untilDead(pid: number): Promise<boolean> {
  for (let look = 0; look < 100; look += 1) {
    if ((await startOf(pid)) === null) return true
    await pause(20)
  }
  return false
}

spec(
  'GATE/FR-007',
  'a program that runs out of time is ended together with its children',
  async () => {
    const outcome = await runProgram({
      command: [process.execPath, '-e', family],
      env: plainEnvironment([]),
      timeoutMs: 5_000,
    })
    expect(outcome).toMatchObject({ kind: 'timed-out', afterMs: 5_000 })
    expect(await untilDead(Number(outcome.stdout))).toBe(true)
  },
)

spec('GATE/FR-007', 'a gate that is ended ends the program it had started', async () => {
  const script = join(import.meta.dirname, 'run-forever.ts')
  const started = execa(process.execPath, [script], { reject: false })
  const pid = await new Promise<number>((resolve) => {
    started.stdout.once('data', (data: Buffer) => resolve(Number(data)))
  })
  expect(await startOf(pid)).not.toBeNull()
  started.kill('SIGTERM')
  expect((await started).signal).toBe('SIGTERM')
  expect(await untilDead(pid)).toBe(true)
})

const leaving = (stdio: 'ignore' | 'inherit'): string => `
  const child = require('node:child_process')
    .spawn(process.execPath, ['-e', 'setInterval(() => {}, 9)'], { stdio: '${stdio}' })
  console.log(child.pid)
  child.unref()`

for (const stdio of ['ignore', 'inherit'] as const) {
  spec(
    ['GATE/FR-007', 'GATE/NFR-001'],
    `children that a program leaves behind (output: ${stdio}) end with it, and its log says so`,
    async () => {
      const outcome = await runProgram({
        command: [process.execPath, '-e', leaving(stdio)],
        env: plainEnvironment([]),
        timeoutMs: 120_000,
      })
      expect(outcome).toMatchObject({ kind: 'exited', exitCode: 0 })
      expect(outcome.log).toContain('processes that this program had left behind')
      expect(await untilDead(Number(outcome.stdout))).toBe(true)
    },
  )
}

spec('GATE/FR-007', 'a program that ignores being asked to end is ended all the same', async () => {
  const outcome = await runProgram({
    command: ['bash', '-c', 'trap "" TERM; echo $$; while :; do sleep 1; done'],
    ...{ env: plainEnvironment([]), timeoutMs: 500 },
  })
  expect(outcome).toMatchObject({ kind: 'timed-out' })
  expect(await untilDead(Number(outcome.stdout))).toBe(true)
})

spec('GATE/FR-007', 'a program that prints without end is ended, and by whom is said', async () => {
  const outcome = await runProgram({
    command: ['bash', '-c', 'yes'],
    ...{ env: plainEnvironment([]), timeoutMs: 120_000 },
  })
  expect(describeOutcome(outcome)).toBe('ended by the gate, because it printed more than 64 MiB')
})

spec('GATE/FR-007', 'output that is not a text is kept as far as it can be', async () => {
  const outcome = await runProgram({
    command: ['printf', '\\377\\000\\376 5 passed'],
    ...{ env: plainEnvironment([]), timeoutMs: 120_000 },
  })
  expect(outcome).toMatchObject({ kind: 'exited', exitCode: 0 })
  expect(outcome.log).toContain('5 passed')
})

spec('GATE/FR-009', "a program inherits no token and none of the test runner's settings", () => {
  const env = {
    PATH: '/bin',
    MY_TOKEN: 'x',
    VITEST_MAX_WORKERS: '4',
    NODE_OPTIONS: '-r y',
    NODE_COMPILE_CACHE: '/cache',
    TEST: '1',
  }
  expect(plainEnvironment(['MY_TOKEN'], env)).toEqual({ PATH: '/bin' })
})

spec(
  ['GATE/FR-008', 'GATE/FR-013'],
  'a program inherits nothing that runs other code or leaves tests out',
  () => {
    const steering = [
      ...['PYTHONPATH', 'PYTHONHOME', 'PYTHONOPTIMIZE', 'PYTHONSTARTUP', 'PYTHONBREAKPOINT'],
      ...['PYTHONPYCACHEPREFIX', 'PYTHONUSERBASE', 'PYTHONWARNINGS', 'PYTHONEXECUTABLE'],
      ...['PYTHONOFSOMEYEAR', 'COVERAGE_PROCESS_START', 'LD_PRELOAD', 'LD_AUDIT', 'NODE_PATH'],
      ...['BASH_ENV', 'BASH_FUNC_pytest%%', 'SHELLOPTS', 'BASHOPTS', 'PS4'],
      ...['CDPATH', 'GLOBIGNORE', 'ZDOTDIR', 'PERL5OPT', 'PERL5LIB', 'RUBYOPT', 'LUA_INIT_5_4'],
      ...['JAVA_TOOL_OPTIONS', '_JAVA_OPTIONS', 'JDK_JAVA_OPTIONS', 'GCONV_PATH'],
      ...['PYTEST_ADDOPTS', 'PYTEST_PLUGINS', 'PYTEST_DISABLE_PLUGIN_AUTOLOAD'],
      ...['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_GRAFT_FILE', 'GIT_EXTERNAL_DIFF'],
      ...['GIT_CONFIG_COUNT', 'GIT_CONFIG_KEY_0', 'GIT_CONFIG_VALUE_0', 'GIT_CONFIG_PARAMETERS'],
      ...[
        'GIT_EXEC_PATH',
        'GIT_TRACE',
        'GIT_OF_SOME_YEAR',
        'NODE_TEST_CONTEXT',
        'NODE_OF_SOME_YEAR',
      ],
      ...['MAKEFLAGS', 'GNUMAKEFLAGS', 'MAKEFILES', 'GOFLAGS', 'RUSTFLAGS', 'TAR_OPTIONS'],
    ]
    const kept = {
      PYTHONUTF8: '1',
      ENV: 'dev',
      LD_LIBRARY_PATH: '/usr/lib',
      GIT_SSH_COMMAND: 'ssh -4',
      GIT_ASKPASS: '/bin/ask',
      NODE_EXTRA_CA_CERTS: '/ca.pem',
    }
    const set = Object.fromEntries(steering.map((name) => [name, 'x']))
    expect(plainEnvironment([], { ...set, ...kept })).toEqual(kept)
  },
)

spec(
  ['GATE/FR-008', 'GATE/FR-013'],
  'a script of the harness is run as it is written',
  async () => {
    const script = 'pytest --version; echo "end of the script"; exit 3'
    const steered = [
      { 'BASH_FUNC_pytest%%': '() { echo function; exit 0; }' },
      { SHELLOPTS: 'noexec' },
      { BASH_ENV: join(import.meta.dirname, 'no-such-file') },
    ]
    for (const set of steered) {
      const env = plainEnvironment([], { PATH: process.env['PATH'], ...set })
      const outcome = await runProgram({ command: ['bash', '-c', script], env, timeoutMs: 60_000 })
      expect(outcome, JSON.stringify(set)).toMatchObject({ kind: 'exited', exitCode: 3 })
      expect(outcome.log).toContain('end of the script')
      expect(outcome.log).not.toContain('no-such-file')
    }
  },
)

spec(
  ['GATE/FR-007', 'GATE/FR-002'],
  'a test that fails does so whatever the gate was started from',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'steered-'))
    await writeFile(join(folder, 'one.test.mjs'), "throw new Error('it fails')\n")
    await writeFile(join(folder, 'Makefile'), 'check:\n\t@exit 3\n')
    const steered = { NODE_TEST_CONTEXT: 'child-v8', MAKEFLAGS: 'n' }
    const env = plainEnvironment([], { PATH: process.env['PATH'], ...steered })
    for (const command of [
      [process.execPath, '--test', 'one.test.mjs'],
      ['make', 'check'],
    ]) {
      const outcome = await runProgram({ command, cwd: folder, env, timeoutMs: 60_000 })
      expect(outcome.kind === 'exited' && outcome.exitCode, command.join(' ')).not.toBe(0)
    }
    await rm(folder, { recursive: true })
  },
)
