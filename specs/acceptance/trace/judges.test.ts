import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exportedId, exportItems } from '../../../packages/gate-kernel/src/trace/export/items.ts'
import { toLobster } from '../../../packages/gate-kernel/src/trace/export/lobster.ts'
import { toOpenFastTrace } from '../../../packages/gate-kernel/src/trace/export/openfasttrace.ts'
import { toStrictDoc } from '../../../packages/gate-kernel/src/trace/export/strictdoc.ts'
import type { TraceReport } from '../../../packages/gate-kernel/src/trace/report.ts'
import { gapIds, plantedReport } from './planted.ts'

// Three programs of other projects judge our export. They come from the package registries; where
// those are out of reach, the specs are skipped and say so.
const OPENFASTTRACE = 'org.itsallcode.openfasttrace:openfasttrace:4.2.0'
const PYTHON_TOOLS = ['bmw-lobster==1.0.6', 'strictdoc==0.30.4']

let folder: string
let jar: string | undefined
let bin: string | undefined

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trace-judges-'))
  ;[jar, bin] = await Promise.all([fetchJar(), installTools()])
}, 900_000)
afterAll(() => rm(folder, { recursive: true }))

/** Kept between runs below the system's temporary folder: together they are 400 MB. */
const cache = join(tmpdir(), 'canary-specs-python', 'trace-judges-1')

async function fetchJar(): Promise<string | undefined> {
  const kept = join(cache, 'openfasttrace-4.2.0.jar')
  if (existsSync(kept)) return kept
  const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy'
  const words = ['-q', '-B', plugin, `-Dartifact=${OPENFASTTRACE}`, `-DoutputDirectory=${cache}`]
  const { exitCode } = await execa('mvn', words, { reject: false })
  return exitCode === 0 ? kept : undefined
}

async function installTools(): Promise<string | undefined> {
  const venv = join(cache, 'venv')
  const ready = join(venv, 'ready')
  if (existsSync(ready)) return join(venv, 'bin')
  const made = await execa('python3', ['-m', 'venv', '--clear', venv], { reject: false })
  if (made.exitCode !== 0) return undefined
  const words = ['-m', 'pip', 'install', '--quiet', ...PYTHON_TOOLS]
  const { exitCode } = await execa(join(venv, 'bin', 'python'), words, { reject: false })
  if (exitCode !== 0) return undefined
  await writeFile(ready, PYTHON_TOOLS.join('\n'))
  return join(venv, 'bin')
}

async function put(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const place = join(folder, name)
  await mkdir(place, { recursive: true })
  for (const [file, text] of Object.entries(files)) await writeFile(join(place, file), text)
  return place
}

const planted = plantedReport()
const broken = ['no-test', 'failed', 'not-run', 'outdated'] as const
const uncovered = broken.flatMap(gapIds).map(exportedId).toSorted()
const strays = exportItems(planted)
  .tests.filter(({ file }) => file === 'specs/unknown.test.ts')
  .map(({ id }) => id)

test('GATE/FR-001 OpenFastTrace finds each of 50 planted gaps and nothing else', async (context) => {
  if (jar === undefined)
    return context.skip('OpenFastTrace cannot be had: no Maven, or no registry')
  const place = await put('oft', { 'trace.xml': toOpenFastTrace(planted) })
  const { stdout, exitCode } = await execa(
    'java',
    ['-jar', jar, 'trace', '-o', 'plain', join(place, 'trace.xml')],
    { reject: false },
  )
  const plain = stdout.replaceAll(/\u001B\[[\d;]*m/g, '')
  const defects = [...plain.matchAll(/^not ok .*?(req|utest)~([\w.-]+)~\d+/gm)]
  const of = (kind: string): string[] =>
    defects.filter(([, found]) => found === kind).map(([, , id = '']) => id)
  expect(exitCode).toBe(1)
  expect(of('req').toSorted()).toEqual(uncovered)
  expect(of('utest')).toEqual(expect.arrayContaining(strays))
  // Besides the strays, only the tests of outdated requirements: their links lead to an old version.
  expect(of('utest')).toHaveLength(strays.length + gapIds('outdated').length)
})

test('GATE/FR-001 LOBSTER finds each of 50 planted gaps and nothing else', async (context) => {
  if (bin === undefined) return context.skip('LOBSTER cannot be had: no Python, or no registry')
  const place = await put('lobster', toLobster(planted))
  await execa(join(bin, 'lobster-report'), [], { cwd: place })
  const { stdout, stderr, exitCode } = await execa(join(bin, 'lobster-ci-report'), [], {
    cwd: place,
    reject: false,
  })
  expect(exitCode).toBe(1)
  const said = `${stdout}\n${stderr}`.split('\n').filter((line) => line.includes('lobster error'))
  const report = JSON.parse(await readFile(join(place, 'report.lobster'), 'utf8')) as LobsterReport
  const missing = itemsOf(report, 'Requirements').filter(
    ({ tracing_status }) => tracing_status === 'MISSING',
  )
  const versions = said.filter((line) => line.includes('(expected 0)'))
  const named = [
    ...missing.map(({ name }) => name),
    ...versions.map((line) => /req ([\w.-]+) has version/.exec(line)?.[1] ?? ''),
  ]
  expect([...new Set(named)].toSorted()).toEqual(uncovered)
  const tests = itemsOf(report, 'Tests').filter(
    ({ tracing_status }) => tracing_status === 'MISSING',
  )
  const tags = tests.map(({ tag }) => tag.replace('act ', ''))
  expect(tags).toEqual(expect.arrayContaining(strays))
})

interface LobsterItem {
  readonly tag: string
  readonly name: string
  readonly tracing_status: string
}
interface LobsterReport {
  readonly levels: readonly { readonly name: string; readonly items: readonly LobsterItem[] }[]
}

function itemsOf(report: LobsterReport, name: string): readonly LobsterItem[] {
  return report.levels.find((level) => level.name === name)?.items ?? []
}

test('GATE/FR-001 StrictDoc finds each planted gap, and makes ReqIF of a sound export', async (context) => {
  if (bin === undefined) return context.skip('StrictDoc cannot be had: no Python, or no registry')
  const strictdoc = join(bin, 'strictdoc')
  const linked: TraceReport = { ...planted, testsWithoutRequirement: [] }
  const place = await put('strictdoc', toStrictDoc(linked))
  const out = join(folder, 'strictdoc-out')
  const words = ['export', place, '--formats', 'sdoc', '--output-dir', out]
  await execa(strictdoc, [...words, '--filter-nodes', 'not node.has_child_requirements'])
  const kept = await readFile(join(out, 'sdoc', 'requirements.sdoc'), 'utf8')
  const found = [...kept.matchAll(/^UID: (GATE\S+)/gm)].map(([, id = '']) => id)
  expect(found.filter((id) => id !== 'GATE.LATER-1').toSorted()).toEqual(uncovered)
  const reqif = join(folder, 'reqif-out')
  await execa(strictdoc, ['export', place, '--formats', 'reqif-sdoc', '--output-dir', reqif])
  for (const stray of planted.testsWithoutRequirement.filter(({ names }) => names.length > 0)) {
    const alone = await put(
      `strictdoc-${stray.names[0]?.split('/')[1] ?? ''}`,
      toStrictDoc({ ...linked, testsWithoutRequirement: [stray] }),
    )
    const refused = await execa(
      strictdoc,
      ['export', alone, '--output-dir', join(folder, 'refused')],
      {
        reject: false,
        all: true,
      },
    )
    expect(refused.exitCode).not.toBe(0)
    expect(refused.all).toContain(exportedId(stray.names[0] ?? ''))
  }
})
