import { posix } from 'node:path'
import type { JavascriptName, Script } from '../runners/javascript.ts'
import type { CommitFiles } from './commit-files.ts'

interface Manifest {
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

export interface JavascriptTests {
  readonly runner: JavascriptName
  readonly script: Script
  /** Where its script runs it: the package, or the root of its repository. */
  readonly folder: string
  readonly files: readonly string[]
  /** Steps by which the package is built, where its tests do not build it. */
  readonly build: readonly string[]
}

/** What a test file itself says: the strongest sign there is. */
const imports: readonly (readonly [RegExp, JavascriptName])[] = [
  [/(?:from|import|require\()\s*['"]node:test['"]|require\(['"]test['"]\)/, 'node:test'],
  [/from\s+['"]vitest['"]|require\(['"]vitest['"]\)/, 'vitest'],
  [/['"]@jest\/globals['"]/, 'jest'],
  [/(?:from|require\()\s*['"]ava['"]/, 'ava'],
  [/(?:from|require\()\s*['"](?:tap|@tapjs\/\w+)['"]/, 'tap'],
  [/(?:from|require\()\s*['"]tape(?:-\w+)?['"]/, 'tape'],
]
/** What a script says, if the file says nothing. */
const words: readonly (readonly [RegExp, JavascriptName])[] = [
  [/\bvitest\b/, 'vitest'],
  [/\bjest\b/, 'jest'],
  [/\bmocha\b/, 'mocha'],
  [/\bava\b/, 'ava'],
  [/\b(?:node|tsx)\b[^&|;]*\s--test\b|\bborp\b/, 'node:test'],
  [/\btap\b/, 'tap'],
  [/\btape\b/, 'tape'],
]
const dependencies = ['vitest', 'jest', 'mocha', 'ava', 'tap', 'tape'] as const

/** The runner of each test file of a package, with what the package's script says about running it. */
export async function readJavascriptPackage(
  files: CommitFiles,
  folder: string,
  own: readonly string[],
): Promise<readonly JavascriptTests[]> {
  const read = (place: string): Promise<Manifest> => readManifest(files, place)
  const [manifest, root] = await Promise.all([read(folder), read('')])
  const usual = usualRunner(manifest) ?? usualRunner(root)
  const named = await Promise.all(
    own.map(
      async (path) => [path, importedRunner((await files.read(path)) ?? '') ?? usual] as const,
    ),
  )
  const byRunner = Map.groupBy(named, ([, runner]) => runner ?? 'node:test')
  return [...byRunner].map(([runner, some]) => {
    const own = scriptOf(manifest, runner)
    const ofRoot = own === null ? scriptOf(root, runner) : null
    const script = own ?? ofRoot ?? nothing
    const build = script.before.length > 0 ? [] : buildOf(manifest)
    // There its settings are, too.
    const place = ofRoot === null || runner in dependenciesOf(manifest) ? folder : ''
    return { runner, folder: place, files: some.map(([path]) => path), script, build }
  })
}

function buildOf({ scripts = {} }: Manifest): readonly string[] {
  const own = ['build', 'prepare', 'prepack'].find((name) => scripts[name] !== undefined) ?? ''
  return stepsIn(writtenOut(scripts[own] ?? '', scripts, 4)).filter(isBuild)
}

function stepsIn(script: string): readonly string[] {
  return script.split(/&&|;/).map((step) => step.trim())
}

const nothing: Script = { nodeFlags: [], options: [], before: [] }

async function readManifest(files: CommitFiles, folder: string): Promise<Manifest> {
  const text = await files.read(posix.join(folder, 'package.json'))
  try {
    return JSON.parse(text ?? '{}') as Manifest
  } catch {
    return {}
  }
}

function importedRunner(text: string): JavascriptName | null {
  return imports.find(([pattern]) => pattern.test(text))?.[1] ?? null
}

function usualRunner(manifest: Manifest): JavascriptName | null {
  const scripts = testScripts(manifest)
  for (const script of scripts) {
    const found = words.find(([pattern]) => pattern.test(script))
    if (found !== undefined) return found[1]
  }
  const all = dependenciesOf(manifest)
  return dependencies.find((name) => name in all) ?? null
}

function dependenciesOf({ dependencies: own, devDependencies }: Manifest): object {
  return { ...own, ...devDependencies }
}

/** The script `test` first, then those named alike, each with the scripts that it calls written out. */
function testScripts({ scripts = {} }: Manifest): readonly string[] {
  const names = Object.keys(scripts).filter((name) =>
    /^(?:tests?|unit)(?:$|[:-])|:test$/.test(name),
  )
  const ordered = names.toSorted((one, other) => rank(one) - rank(other))
  return ordered.map((name) =>
    writtenOut(`${scripts[`pre${name}`] ?? ''} && ${scripts[name] ?? ''}`, scripts, 4),
  )
}

function rank(name: string): number {
  return ['test', 'test:unit', 'tests', 'unit'].indexOf(name) + 1 || 9
}

/** `npm run build && mocha` with what `build` does. */
function writtenOut(
  script: string,
  scripts: Readonly<Record<string, string>>,
  depth: number,
): string {
  if (depth === 0) return script
  const call =
    /\b(?:npm|pnpm|yarn)(?: run(?:-script)?)?(?: -s| --silent)? (?<name>[\w:.-]+)(?: -- ?)?/g
  return script.replace(call, (whole: string, name: string) => {
    const called = scripts[name]
    return called === undefined || called === script
      ? whole
      : writtenOut(called, scripts, depth - 1)
  })
}

/** Steps before the tests that the tests need: a build; not a linter or a check of types or sizes. */
const buildStep =
  /^(?:(?:npx )?(?:tsc|tsup|unbuild|rollup|babel|swc|esbuild|vite build|webpack|tsdown|obuild|del-cli|rimraf|mkdist|bunchee|microbundle|parcel build)\b|node (?!--test)[\w./-]*(?:build|compile|gen)[\w./-]*)/
const isBuild = (step: string): boolean => buildStep.test(step) && !/--noEmit\b/.test(step)

function scriptOf(manifest: Manifest, runner: JavascriptName): Script | null {
  const named = words.flatMap(([pattern, name]) => (name === runner ? [pattern] : []))
  const scripts = testScripts(manifest).map(stepsIn)
  // What writes TAP needs no runner.
  for (const pattern of runner === 'tap' || runner === 'tape' ? [...named, plainRun] : named) {
    const steps = scripts.find((one) => one.some((step) => pattern.test(step)))
    const at = steps?.findIndex((step) => pattern.test(step))
    if (steps === undefined || at === undefined) continue
    return { before: steps.slice(0, at).filter(isBuild), ...flagsOf(steps[at] ?? '', runner) }
  }
  return null
}

const plainRun = /^(?:npx )?(?:node|tsx|ts-node)\s/
/** Programs that are Node with a compiler. */
const compilers: readonly (readonly [RegExp, readonly string[]])[] = [
  [/\btsx\s/, ['--import', 'tsx']],
  [/\bts-node\s/, ['--require', 'ts-node/register']],
]

/** Options of Node and of the runner that change what code is loaded; everything else is left out. */
const nodeFlag =
  /(?<=\s)(?:(?:--import|--loader|--require|-r|--conditions|-C|--experimental-loader)[ =]\S+|--experimental-[\w-]+|--enable-source-maps|--expose-gc|--no-warnings|--no-experimental-[\w-]+)/g
const runnerFlags: Partial<Readonly<Record<JavascriptName, RegExp>>> = {
  mocha:
    /(?<=\s)(?:(?:--require|-r|--loader|--import|--ui|-u|--config|--opts|--file|--timeout|-t|--extension|--spec-ignore)[ =]\S+|--experimental-[\w-]+)/g,
  jest: /(?<=\s)(?:(?:--config|-c|--projects|--env|--testEnvironment|--setupFiles|--preset|--transform)[ =]\S+)/g,
  vitest:
    /(?<=\s)(?:(?:--config|-c|--project|--environment|--dir|--root|-r|--pool|--globals)(?:[ =][^-\s]\S*)?)/g,
  ava: /(?<=\s)(?:(?:--config|--node-arguments)[ =]\S+)/g,
}

function flagsOf(step: string, runner: JavascriptName): Pick<Script, 'nodeFlags' | 'options'> {
  const start = words.find(([, name]) => name === runner)?.[0].exec(step)?.index ?? 0
  const isNode = runner === 'node:test' || runner === 'tap' || runner === 'tape'
  const own = runnerFlags[runner]
  const flags = (text: string, pattern: RegExp): string[] =>
    (text.match(pattern) ?? []).flatMap((flag) => flag.split(' '))
  const before = flags(` ${isNode ? step : step.slice(0, start)}`, nodeFlag)
  const compiler = isNode ? (compilers.find(([program]) => program.test(step))?.[1] ?? []) : []
  const environment = /NODE_OPTIONS=['"]?(?<options>[^'"\s]+(?: [^'"]+)?)/.exec(step)?.groups?.[
    'options'
  ]
  return {
    nodeFlags: [...compiler, ...before, ...flags(` ${environment ?? ''}`, nodeFlag)],
    options:
      own === undefined
        ? []
        : flags(step.slice(start), own).map((flag) => flag.replace(/^(['"])(.*)\1$/, '$2')),
  }
}
