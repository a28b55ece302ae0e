import { posix } from 'node:path'
import { parse as parseToml } from 'smol-toml'
import type { CommitFiles } from './commit-files.ts'

/** Groups and extras of requirements that tests need. */
const testGroup = /^(?:tests?|testing|dev|develop|development|all|ci|check|unit)$/i

/** What a Python project says of itself, in whichever of its files. */
export interface PythonProject {
  readonly requirements: readonly string[]
  readonly distribution: string | null
  /** File that its build would write the version to, relative to the repository. */
  readonly versionFile: string | null
  /** Whether any of its files asks for pytest. */
  readonly usesPytest: boolean
}

/** Reads `pyproject.toml`, `setup.cfg`, `setup.py`, `requirements*.txt` and `tox.ini` of a package. */
export async function readPythonProject(
  files: CommitFiles,
  folder: string,
): Promise<PythonProject> {
  const read = (name: string): Promise<string> =>
    files.read(posix.join(folder, name)).then((text) => text ?? '')
  const [toml, cfg, setup, tox] = await Promise.all(
    ['pyproject.toml', 'setup.cfg', 'setup.py', 'tox.ini'].map(read),
  )
  const project = parsedToml(toml ?? '')
  const listed = await requirementFiles(files, folder)
  const all = [
    ...requirementsOfToml(project),
    ...requirementsOfCfg(cfg ?? ''),
    ...requirementsOfSetup(setup ?? ''),
    ...listed,
    ...requirementsOfTox(tox ?? ''),
  ]
  const texts = [toml, cfg, setup, tox, ...listed].join('\n')
  return {
    requirements: distinct(all),
    distribution: project.project?.name ?? nameIn(cfg ?? '') ?? nameIn(setup ?? ''),
    versionFile: versionFileOf(toml ?? '', setup ?? '', files, folder),
    usesPytest: /\bpytest\b/.test(texts) || files.paths.has(posix.join(folder, 'pytest.ini')),
  }
}

interface Pyproject {
  readonly project?: {
    readonly name?: string
    readonly dependencies?: unknown
    readonly 'optional-dependencies'?: Readonly<Record<string, unknown>>
  }
  readonly 'dependency-groups'?: Readonly<Record<string, unknown>>
  readonly tool?: {
    readonly poetry?: {
      readonly name?: string
      readonly dependencies?: Readonly<Record<string, unknown>>
      readonly 'dev-dependencies'?: Readonly<Record<string, unknown>>
      readonly group?: Readonly<
        Record<string, { dependencies?: Readonly<Record<string, unknown>> }>
      >
    }
  }
}

function parsedToml(text: string): Pyproject {
  try {
    return parseToml(text)
  } catch {
    return {}
  }
}

function requirementsOfToml({ project, tool, ...rest }: Pyproject): readonly unknown[] {
  const optional = Object.entries(project?.['optional-dependencies'] ?? {})
  const groups = Object.entries(rest['dependency-groups'] ?? {})
  const named = [...optional, ...groups].filter(([name]) => testGroup.test(name))
  const poetry = tool?.poetry
  const tables = [
    poetry?.dependencies,
    poetry?.['dev-dependencies'],
    ...Object.values(poetry?.group ?? {}).map(({ dependencies }) => dependencies),
  ]
  const ofPoetry = tables
    .flatMap((table) => Object.keys(table ?? {}))
    .filter((name) => name !== 'python')
  return [project?.dependencies, ...named.map(([, list]) => list), ofPoetry].flat()
}

/** `[options] install_requires` and the extras for tests of a `setup.cfg`. */
function requirementsOfCfg(text: string): readonly string[] {
  const section = (name: string): string =>
    new RegExp(`^\\[${name}\\]$(?<body>[\\s\\S]*?)(?=^\\[|$(?![\\s\\S]))`, 'm').exec(text)
      ?.groups?.['body'] ?? ''
  const list = (body: string, key: RegExp): readonly string[] =>
    [...body.matchAll(/^(?<key>[\w-]+)\s*[=:](?<value>.*(?:\n[ \t]+.*)*)/gm)]
      .filter(({ groups }) => key.test(groups?.['key'] ?? ''))
      .flatMap(({ groups }) => linesOf(groups?.['value'] ?? ''))
  return [
    ...list(section('options'), /^(?:install_requires|tests_require)$/),
    ...list(section('options\\.extras_require'), testGroup),
  ]
}

/** The literal lists of a `setup.py`; what it computes is not read. */
function requirementsOfSetup(text: string): readonly string[] {
  const lists =
    /(?:install_requires|tests_require|requirements|requires|["'](?:tests?|testing|dev)["'])\s*[=:]\s*\[(?<list>[^\]]*)\]/g
  return [...text.matchAll(lists)].flatMap(({ groups }) =>
    [...(groups?.['list'] ?? '').matchAll(/["'](?<one>[^"']+)["']/g)].map(
      (one) => one.groups?.['one'] ?? '',
    ),
  )
}

/** `deps` of the environments of a `tox.ini`, without what is for linters or a version only. */
function requirementsOfTox(text: string): readonly string[] {
  const main =
    /^\[testenv\]$(?<body>[\s\S]*?)(?=^\[|$(?![\s\S]))/m.exec(text)?.groups?.['body'] ?? ''
  const deps = /^deps\s*=(?<list>.*(?:\n[ \t]+.*)*)/m.exec(main)?.groups?.['list'] ?? ''
  return linesOf(deps).filter((line) => !line.includes(':') && !line.includes('{'))
}

const requirementName =
  /^(?:requirements\/)?(?:(?:test|tests|dev|testing|ci)[-_])?(?:requirements?)?(?:[-_.]?(?:test|tests|dev|testing|ci|base|main))*\.txt$/i

/** `requirements.txt`, `requirements-dev.txt`, `test-requirements.txt`, `requirements/tests.txt`, … */
async function requirementFiles(files: CommitFiles, folder: string): Promise<readonly string[]> {
  const prefix = folder === '' ? '' : `${folder}/`
  const names = [...files.paths]
    .filter((path) => path.startsWith(prefix))
    .map((path) => path.slice(prefix.length))
    .filter((name) => requirementName.test(name) && /require|^(?:test|dev)/i.test(name))
  const texts = await Promise.all(names.map((name) => files.read(`${prefix}${name}`)))
  return texts.flatMap((text) => linesOf(text ?? ''))
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').map((line) => line.replace(/(?:^|\s)#.*$/, '').trim())
}

function distinct(all: readonly unknown[]): readonly string[] {
  const texts = all.filter((one): one is string => typeof one === 'string' && one !== '')
  const usable = texts.filter(
    (one) => /^[A-Za-z\d]/.test(one) && !/^(?:file|https?|git\+)/.test(one),
  )
  return [...new Set(usable)]
}

function nameIn(text: string): string | null {
  return /^\s*name\s*=\s*["']?(?<name>[\w.-]+)/m.exec(text)?.groups?.['name'] ?? null
}

function versionFileOf(
  toml: string,
  setup: string,
  { paths }: CommitFiles,
  folder: string,
): string | null {
  const told =
    /^(?:[\w.-]+\.)?(?:write_to|version_file|version-file)\s*=\s*["'](?<file>[\w./-]+\.py)["']/m.exec(
      toml,
    ) ?? /["']?write_to["']?\s*[=:]\s*["'](?<file>[\w./-]+\.py)["']/.exec(setup)
  const file = told?.groups?.['file']
  if (file === undefined) return null
  const path = posix.join(folder, file)
  return paths.has(path) ? null : path
}
