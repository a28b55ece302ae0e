import { isHarmlessOfGit } from './git-variables.ts'

/**
 * What a child inherits from the gate's own environment: no token, no test-runner setting, and nothing
 * that would run other code than was installed, leave tests or assertions out, or reach into another
 * repository.
 */
export function plainEnvironment(
  secretNames: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !secretNames.includes(entry[0]) && !isSteering(entry[0]),
  )
  return Object.fromEntries(kept)
}

function isSteering(name: string): boolean {
  if (name.startsWith('PYTHON')) return !harmlessPython.includes(name)
  if (name.startsWith('NODE_')) return !harmlessNode.includes(name)
  if (name.startsWith('GIT_')) return !isHarmlessOfGit(name)
  return runnerVariable.test(name) || foreignCode.test(name)
}

/**
 * Of Node, too, only what reaches a server goes on: with NODE_TEST_CONTEXT `node --test` runs nothing and
 * ends well, and options, paths and caches bring other code.
 */
const harmlessNode: readonly string[] = [
  ...['NODE_EXTRA_CA_CERTS', 'NODE_USE_SYSTEM_CA', 'NODE_USE_ENV_PROXY'],
  ...['NODE_NO_WARNINGS', 'NODE_DISABLE_COLORS'],
]

/**
 * Python has a new variable with each version, and most change what is executed: with PYTHONPATH a
 * checkout stands before what was installed, from PYTHONPYCACHEPREFIX compiled code is taken instead of
 * it, with PYTHONOPTIMIZE no `assert` is executed. So only these go on.
 */
const harmlessPython: readonly string[] = [
  ...['PYTHONUTF8', 'PYTHONIOENCODING', 'PYTHONCOERCECLOCALE', 'PYTHONUNBUFFERED'],
  ...['PYTHONDONTWRITEBYTECODE', 'PYTHONHASHSEED', 'PYTHONNOUSERSITE', 'PYTHONSAFEPATH'],
  'PYTHONFAULTHANDLER',
]

// PYTEST_ADDOPTS can deselect what fails, and with MAKEFLAGS=n `make check` checks nothing. A shell runs the
// file of BASH_ENV and functions with the names of programs before the first line of a script, with
// SHELLOPTS=noexec nothing of it, and with CDPATH a `cd` of a script leads elsewhere; the loader's variables
// put a library into every program, and other languages have variables of their own for the same.
const foreignCode = new RegExp(
  `^(?:${[
    'PYTEST_.*|COVERAGE_PROCESS_(?:START|CONFIG)|NODE_PATH',
    'BASH_ENV|BASH_FUNC_.*|SHELLOPTS|BASHOPTS|BASH_COMPAT|PS4|CDPATH|GLOBIGNORE|EXECIGNORE|ZDOTDIR|FPATH',
    'LD_(?:PRELOAD|AUDIT)|DYLD_(?:INSERT_LIBRARIES|FRAMEWORK_PATH)|GCONV_PATH',
    '(?:GNU)?MAKEFLAGS|MFLAGS|MAKEFILES|GOFLAGS|RUSTFLAGS|CARGO_BUILD_.*|TAR_OPTIONS|GREP_OPTIONS',
    'PERL5(?:OPT|LIB|DB)|RUBY(?:OPT|LIB)|_?JAVA_(?:TOOL_)?OPTIONS|JDK_JAVA_OPTIONS|LUA_INIT.*',
  ].join('|')})$`,
)

const runnerVariable = /^(?:VITEST.*|TEST|MODE|DEV|PROD|SSR|FORCE_COLOR)$/
