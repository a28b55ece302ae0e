import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import ts from 'typescript'
import { expect } from 'vitest'
import { spec } from '../../spec.ts'
import { type Guard, guardsOf } from './guards.ts'
import { telling } from './hooks.ts'
import { readers } from './probe.ts'

/** Sources, each with what they become with one check disabled, in the order in which they are found. */
const kinds: Readonly<Record<string, readonly [source: string, ...disabled: readonly string[]]>> = {
  'a condition that throws': [
    'if (size > most) throw new Error("too long")',
    'if (false) throw new Error("too long")',
  ],
  'a condition that returns early, in a block': [
    'function f(a) { if (a === null) { note(a); return } use(a) }',
    'function f(a) { if (false) { note(a); return } use(a) }',
  ],
  'conditions inside of each other': [
    'function f(a, b) { if (a) { if (b) return 1; return 2 } }',
    'function f(a, b) { if (false) { if (b) return 1; return 2 } }',
    'function f(a, b) { if (a) { if (false) return 1; return 2 } }',
  ],
  'a finding that is listed': [
    'const all = [...(isFine ? [] : ["it is not"])]',
    'const all = [...([])]',
  ],
  'a finding that is listed the other way round': [
    'const all = [...(isBad ? ["it is"] : [])]',
    'const all = [...([])]',
  ],
  'findings that are returned': [
    'const f = (a) => a === b ? [] : ["it is not"]',
    'const f = (a) => []',
  ],
  'a finding that is added to others': [
    'if (total !== counted) { note(total); problems.push("they differ") }',
    'if (false) { note(total); problems.push("they differ") }',
  ],
  'a refinement': [
    'const one = z.string().refine((text) => text !== "", "is empty")',
    'const one = z.string().refine(() => true, "is empty")',
  ],
  'a pattern': [
    'const one = z.string().regex(/^a+$/, "b")',
    'const one = z.string().regex(/(?:)/, "b")',
  ],
  'a closed object': ['const one = z.strictObject({})', 'const one = z.looseObject({})'],
  'an enumeration': ["const one = z.enum(['a', 'b'])", 'const one = z.string()'],
  'a literal': ['const one = z.literal(true)', 'const one = z.unknown()'],
  'a whole number': ['const one = z.int().min(1)', 'const one = z.number().min(1)'],
}

for (const [kind, [source, ...disabled]] of Object.entries(kinds))
  spec('GATE/FR-005', `a check of this kind is found and disabled: ${kind}`, () => {
    expect(guardsOf(source).map((guard) => without(guard, source))).toEqual(disabled)
  })

spec(
  'GATE/FR-005',
  'a check that tells what came of it does what it did, inside of another one, too',
  () => {
    const source =
      'if (a) { if (b) return 1; return 2 } list(c ? [] : d ? [] : ["x"]); z.refine(fine, "e")'
    const told = telling(
      guardsOf(source).map((guard, number) => ({ ...guard, number })),
      () => undefined,
    )(source)
    expect(told).toBe(
      'if (globalThis.tellCheck.condition(0,(a))) { if (globalThis.tellCheck.condition(1,(b))) return 1; return 2 } ' +
        'list(globalThis.tellCheck.finding(2,(c ? [] : globalThis.tellCheck.finding(3,(d ? [] : ["x"]))))); ' +
        'z.refine(globalThis.tellCheck.refinement(4,(fine)), "e")',
    )
  },
)

spec('GATE/FR-005', 'what is not a check is left alone', () => {
  const others = [
    'if (isLate) wait()',
    'const all = [...(isFine ? ["a"] : ["b"]), ...more]',
    'const one = strictObject({}); other.enum(["a"]); text.literal(1)',
    'const all = isFine ? one : other',
    '// if (a) throw b',
    'const text = "if (a) throw b"',
  ]
  for (const source of others) expect(guardsOf(source), source).toEqual([])
})

spec(
  'GATE/FR-005',
  'every check of the readers is on the line that is named, and can be disabled',
  async () => {
    const root = join(import.meta.dirname, '..', '..', '..')
    let count = 0
    for await (const file of glob([...readers], { cwd: root })) {
      const source = await readFile(join(root, file), 'utf8')
      for (const guard of guardsOf(source)) {
        count += 1
        const line = source.split('\n')[guard.line - 1]
        expect(line, `${file}:${guard.line}`).toContain(source.slice(guard.start).split('\n')[0])
        expect(isParsable(without(guard, source)), `${file}:${guard.line} ${guard.text}`).toBe(true)
      }
    }
    expect(count).toBeGreaterThan(150)
  },
)

function without({ start, end, disabled }: Guard, source: string): string {
  return source.slice(0, start) + disabled + source.slice(end)
}

function isParsable(source: string): boolean {
  const { diagnostics } = ts.transpileModule(source, {
    reportDiagnostics: true,
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.Latest },
  })
  return diagnostics?.length === 0
}
