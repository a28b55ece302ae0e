import { basename, join, relative } from 'node:path/posix'

import type { Change } from '../changes/change.ts'
import { cargoSuite } from '../runners/cargo.ts'
import { commandSuite } from '../runners/command.ts'
import { goSuite } from '../runners/go.ts'
import { javascriptSuite } from '../runners/javascript.ts'
import { mavenSuite } from '../runners/maven.ts'
import { pytestSuite, unittestSuite } from '../runners/python.ts'
import type { Suite, TestRunner } from '../runners/runner.ts'
import { type CommitFiles, filesOf, packageOf } from './commit-files.ts'
import { readJavascriptPackage } from './javascript-package.ts'
import { installNodeModules } from './node-modules.ts'
import {
  installCargo,
  installGo,
  installMaven,
  isInstalled,
  mavenRepository,
} from './other-languages.ts'
import { pythonFor } from './python-environment.ts'
import { readPythonProject } from './python-requirements.ts'

/** What the operator may say about running tests; everything else is found out. */
export interface RunnerWishes {
  readonly timeoutMs: number
  /** One command for all test files instead of the detected runners. */
  readonly testCommand?: readonly string[]
  readonly prepareCommand?: readonly string[]
  /** Interpreter with pytest and everything the tests import. */
  readonly python?: string
}

/**
 * The runners of the changed test files, by what the repository says at the commit: one suite for each
 * runner in each package.
 *
 * @throws Error that names a runner or a tool that is missing
 */
export async function detectRunner(
  wishes: RunnerWishes,
  testFiles: readonly string[],
  change: Pick<Change, 'repo' | 'fix'>,
): Promise<TestRunner> {
  const { timeoutMs, testCommand, prepareCommand } = wishes
  if (testCommand !== undefined) {
    const how = { command: testCommand, prepare: prepareCommand ?? null }
    return { timeoutMs, suites: [commandSuite(how, testFiles)] }
  }
  const files = await filesOf(change.repo, change.fix)
  const suites: Suite[] = []
  for (const [names, extensions, make] of languages) {
    const own = testFiles.filter((file) => extensions.test(file))
    const byFolder = Map.groupBy(own, (file) => packageOf(file, files, names) ?? '')
    for (const [folder, some] of byFolder) suites.push(...(await make(files, folder, some, wishes)))
  }
  if (suites.length === 0) throw new Error(`no runner is known for ${testFiles.join(', ')}`)
  return { timeoutMs, suites: withPreparation(suites, prepareCommand, testFiles) }
}

type Make = (
  files: CommitFiles,
  folder: string,
  own: readonly string[],
  wishes: RunnerWishes,
) => Promise<readonly Suite[]>

/** An own preparation replaces the usual one, once a tree. */
function withPreparation(
  suites: readonly Suite[],
  command: readonly string[] | undefined,
  files: readonly string[],
): readonly Suite[] {
  if (command === undefined) return suites
  const own = commandSuite({ command: [], prepare: command }, files)
  return suites.map((suite, at) => ({
    ...suite,
    prepare: at === 0 ? (tree) => own.prepare(tree) : nothing,
  }))
}

async function nothing(): Promise<void> {
  await Promise.resolve()
}

async function pythonSuites(
  files: CommitFiles,
  folder: string,
  own: readonly string[],
  wishes: RunnerWishes,
): Promise<readonly Suite[]> {
  const project = await readPythonProject(files, folder)
  const python = await pythonFor(wishes.python, files.repo, files.commit, project.requirements)
  const how = { python, folder, ...project }
  const texts = await Promise.all(own.map((path) => files.read(path)))
  const isForPytest = project.usesPytest || texts.some((text) => pytestStyle.test(text ?? ''))
  return [isForPytest ? pytestSuite(how, own) : unittestSuite(how, own)]
}

const pytestStyle = /^(?:import pytest|from pytest\b)|^(?:async )?def test/m

async function javascriptSuites(
  files: CommitFiles,
  folder: string,
  own: readonly string[],
): Promise<readonly Suite[]> {
  const found = await readJavascriptPackage(files, folder, own)
  const install = (tree: string): Promise<void> =>
    installNodeModules(files.repo, files.commit, folder, tree)
  return found.map(({ files: some, build, ...ways }) => {
    const how = { ...ways, install }
    const suite = javascriptSuite(how, some)
    const script = { ...how.script, before: build }
    const built = javascriptSuite({ ...how, script }, some)
    return build.length === 0 ? suite : { ...suite, built }
  })
}

const goSuites: Make = async (_, folder, own) => {
  await assureInstalled('Go', ['go', 'version'])
  return [goSuite(folder, own, (tree) => installGo(tree, folder))]
}

const cargoSuites: Make = async (_, folder, own) => {
  await assureInstalled('Rust', ['cargo', '--version'])
  return [cargoSuite(folder, own, (tree) => installCargo(tree, folder))]
}

const mavenSuites: Make = async (files, folder, own) => {
  await assureInstalled('Java', ['mvn', '-v'])
  const tests = own.filter((file) => /Tests?\.\w+$|IT\.\w+$|^Test/.test(basename(file)))
  const how = { root: await reactorOf(files, folder), folder, repository: mavenRepository() }
  const install = (tree: string): Promise<void> => installMaven(tree, how, tests)
  return tests.length === 0 ? [] : [mavenSuite(how, tests, install)]
}

/** The folder of the outermost project that names a module as one of its own. */
async function reactorOf(files: CommitFiles, folder: string): Promise<string> {
  if (folder === '') return folder
  const parent = packageOf(folder, files, ['pom.xml'])
  const pom = parent === null ? null : await files.read(join(parent, 'pom.xml'))
  const module = relative(parent ?? '', folder)
  const isNamed = pom?.replaceAll(/\s/g, '').includes(`<module>${module}</module>`) === true
  return isNamed ? reactorOf(files, parent ?? '') : folder
}

/** Files that mark a package, files that its tests are, and the suites for them. */
const languages: readonly (readonly [readonly string[], RegExp, Make])[] = [
  [['pyproject.toml', 'setup.py', 'setup.cfg', 'tox.ini'], /\.py$/, pythonSuites],
  [['package.json'], /\.[cm]?[jt]sx?$/, javascriptSuites],
  [['go.mod'], /\.go$/, goSuites],
  [['Cargo.toml'], /\.rs$/, cargoSuites],
  [['pom.xml'], /\.(?:java|kt)$/, mavenSuites],
]

async function assureInstalled(language: string, command: readonly string[]): Promise<void> {
  if (await isInstalled(command)) return
  const next = 'install it, or name a command with --test-command'
  throw new Error(
    `the tests are written in ${language}, and ${command[0] ?? ''} is not installed: ${next}`,
  )
}
