import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { otherProjects } from '../../../fixtures/fix-corpus/runners/others.ts'
import type { Files, RunnerProject } from '../../../fixtures/fix-corpus/runners/project.ts'
import { writeHistory } from '../../../fixtures/fix-corpus/runners/write.ts'
import { inspectFix } from '../../../packages/fix-prover/src/inspecting/inspect.ts'
import type { FixReport } from '../../../packages/fix-prover/src/inspecting/report.ts'
import { detectRunner } from '../../../packages/fix-prover/src/installing/detect.ts'
import { spec } from '../../spec.ts'
import { missing, outOfReach } from './table.ts'

let folder = ''
let count = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prover-inspect-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function inspected(
  base: Files,
  change: Files,
  file: string,
  names: readonly string[],
): Promise<FixReport> {
  const repo = join(folder, `project-${count++}`)
  const commits = await writeHistory(repo, [
    ['Begin', base],
    ['Change', change],
  ])
  return inspectFix({
    repo,
    commits: commits.slice(1),
    criterion: {
      issue: 1,
      about: 'ranges',
      places: [{ file, names: [...names] }],
      diagnostics: [],
    },
    scratch: folder,
    runner: (files, own) => detectRunner({ timeoutMs: 120_000 }, files, own),
  })
}

const languages = [
  { name: 'go test', file: 'ranges.go', clamp: 'Clamp', label: 'Label' },
  { name: 'cargo test', file: 'src/lib.rs', clamp: 'clamp', label: 'label' },
  {
    name: 'maven',
    file: 'src/main/java/org/example/Ranges.java',
    clamp: 'Ranges.clamp',
    label: 'Ranges.label',
  },
] as const

describe.each(languages)('$name', ({ name, file, clamp, label }) => {
  const project = otherProjects.find((one): one is RunnerProject => one.name === name)
  const { base = {}, changes } = project ?? {}

  spec(
    'GATE/FR-002',
    `a fix in a language without a parser is judged by execution alone: ${name}`,
    async ({ skip }) => {
      const absent = project === undefined ? 'no such project' : await missing(project)
      if (absent !== null) skip(absent)
      const fix = await inspected(base, changes?.assertion ?? {}, file, [clamp])
      const unreached = fix.reasons.find(({ text }) => outOfReach.test(text))
      if (unreached !== undefined) skip(`its packages are out of reach: ${unreached.text}`)
      expect(fix).toMatchObject({
        verdict: 'substantive',
        standing: 'accepted',
        execution: { outcome: 'ran', tests: [{ failToPass: true, attributed: true }] },
      })
      // Each run of Maven takes long, and what it reports is in the table of runners.
      if (name === 'maven') return
      expect(await inspected(base, changes?.raised ?? {}, file, [label])).toMatchObject({
        verdict: 'substantive',
      })
      expect(await inspected(base, changes?.none ?? {}, file, [clamp])).toMatchObject({
        verdict: 'test-does-not-discriminate',
        standing: 'rejected',
      })
      expect(await inspected(base, changes?.assertion ?? {}, file, [label])).toMatchObject({
        standing: 'rejected',
      })
      expect(await inspected(base, changes?.['missing name'] ?? {}, file, [clamp])).toMatchObject({
        standing: 'rejected',
      })
    },
    400_000,
  )
})

spec(
  'GATE/FR-002',
  'a test of what is written, or a switch that only tests turn, leaves a fix in Go to a person',
  async ({ skip }) => {
    const [go] = otherProjects.filter(({ name }) => name === 'go test')
    const absent = go === undefined ? 'no such project' : await missing(go)
    if (absent !== null) skip(absent)
    const base = { 'go.mod': 'module example.org/ranges\n\ngo 1.18\n', 'ranges.go': spoken('') }
    const goTest = (setUp: string, check: string): string =>
      `package ranges\n\nimport (\n\t"bytes"\n\t"log"\n\t"os"\n\t"testing"\n)\n\nfunc TestPush(t *testing.T) {\n\tvar out bytes.Buffer\n\tlog.SetOutput(&out)\n\tdefer log.SetOutput(os.Stderr)\n${setUp}\tgot := Push(9)\n\tif ${check} {\n\t\tt.Errorf("got %v %s", got, out.String())\n\t}\n}\n`
    const written = await inspected(
      base,
      {
        'ranges.go': spoken('\tlog.Printf("pushed %d", row)\n'),
        'ranges_test.go': goTest('', 'out.Len() == 0'),
      },
      'ranges.go',
      ['Push'],
    )
    expect([written.standing, written.reasons.map(({ code }) => code)]).toEqual([
      'review',
      ['behaviour', 'output'],
    ])
    const switched = await inspected(
      base,
      {
        'ranges.go': spoken('\tif os.Getenv("PUSH_FIXED") != "" {\n\t\treturn row + 1\n\t}\n'),
        'ranges_test.go': goTest('\tos.Setenv("PUSH_FIXED", "1")\n', 'got != 10'),
      },
      'ranges.go',
      ['Push'],
    )
    expect([switched.standing, switched.reasons.map(({ code }) => code)]).toEqual([
      'review',
      ['behaviour', 'test-only-switch'],
    ])
  },
  400_000,
)

function spoken(more: string): string {
  return `package ranges\n\nimport (\n\t"log"\n\t"os"\n)\n\nvar _ = log.Println\nvar _ = os.Getenv\n\nfunc Push(row int) int {\n${more}\treturn row\n}\n`
}
