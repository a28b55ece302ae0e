import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { format } from 'prettier'
import { expect } from 'vitest'
import { advice } from '../../.config/stops/advice.ts'
import { statedStops, stopsIn } from '../../.config/stops/collect.ts'
import { stopsPage } from '../../.config/stops/page.ts'
import { spec } from '../spec.ts'

const root = join(import.meta.dirname, '..', '..')
const page = readFileSync(join(root, 'docs', 'stops.md'), 'utf8')
const listed = new Set(
  [...page.matchAll(/^\| `(?<code>[^`]+)`/gm)].map(({ groups }) => groups!['code']!),
)

spec('GATE/FR-008', 'docs/stops.md is what the sources state', async () => {
  const stops = statedStops(root)
  expect(stops.length).toBeGreaterThan(120)
  expect(page).toBe(await format(stopsPage(stops), { parser: 'markdown', printWidth: 100 }))
})

spec('GATE/FR-008', 'advice is given on codes that there are, and says something', () => {
  const stated = new Set(statedStops(root).map(({ code }) => code))
  expect(Object.keys(advice).filter((code) => !stated.has(code))).toEqual([])
  for (const [code, { usually = '', never = '' }] of Object.entries(advice)) {
    expect(`${code}: ${usually}${never}`).toMatch(/\.$/)
    expect(`${usually}${never}`).not.toMatch(/[|<]/)
  }
})

spec('GATE/FR-008', 'a stop is found however it is written', () => {
  const codes = (text: string): string[] => stopsIn('a.ts', text).map(({ code }) => code)
  expect(codes(`throw failed({ code: 'a', what: 'x', where: 'y', next: 'z' })`)).toEqual(['a'])
  expect(codes(`const r = isLate ? { code: late ? 'b' : 'c', what }: null`)).toEqual(['b', 'c'])
  expect(codes(`return blocked({ ...details, code: \`d-\${kind}\` })`)).toEqual(['d-…'])
  expect(
    codes(`function no(code: string, what: string) {}\nconst x = no('e', \`it is \${one}\`)`),
  ).toEqual(['e'])
  expect(
    codes(`failed({ code: nameOf(x), what })\nfunction nameOf(x) { return x ? 'f' : \`g-\${x}\` }`),
  ).toEqual(['f', 'g-…'])
  const [stop] = stopsIn(
    'a.ts',
    `inconclusive({ code: 'h', what: 'one ' + 'two', next: \`do \${it}\` })`,
  )
  expect(stop).toMatchObject({ verdict: 'inconclusive', what: 'one two', next: 'do …' })
})

spec('GATE/FR-008', 'every code that a spec sees a run stop with is on the page', () => {
  const fits = [...listed].map(
    (code) => new RegExp(`^${code.split('…').map(escapeRegExp).join('.+')}$`),
  )
  const table = readFileSync(join(root, 'specs', 'matrix', 'worlds.ts'), 'utf8')
  const seen = table.matchAll(/verdict: '(?:fail|blocked|inconclusive)', code: '(?<code>[^']+)'/g)
  const codes = new Set([...seen].map(({ groups }) => groups!['code']!))
  expect(codes.size).toBeGreaterThan(50)
  expect([...codes].filter((code) => !fits.some((one) => one.test(code)))).toEqual([])
})

function escapeRegExp(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
