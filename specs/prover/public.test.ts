import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { PublicFix } from '../../fixtures/fix-corpus/public/fix.ts'
import {
  isFalselyProven,
  isFalselyRejected,
  publicTable,
} from '../../fixtures/fix-corpus/public/table.ts'
import { spec } from '../spec.ts'

const root = join(import.meta.dirname, '..', '..')
const read = (path: string): Promise<string> => readFile(join(root, path), 'utf8')

spec('GATE/FR-002', 'the table of public fixes is that of the played list', async () => {
  const list = await read('fixtures/fix-corpus/public/commits.json')
  const fixes = JSON.parse(list) as readonly PublicFix[]
  const page = await read('docs/prover.md')
  const shown = /<!-- public fixes -->(?<table>[\s\S]*?)<!-- end -->/.exec(page)?.groups?.['table']
  const cells = (table: string): readonly string[] =>
    table.split(/[|\n]/).flatMap((cell) => (/^[\s-]*$/.test(cell) ? [] : [cell.trim()]))
  expect(cells(shown ?? '')).toEqual(cells(publicTable(fixes)))
  expect(new Set(fixes.map(({ sha }) => sha)).size).toBe(fixes.length)
  expect(fixes.filter(isFalselyProven)).toEqual([])
  expect(fixes.filter(isFalselyRejected)).toEqual([])
  expect(fixes.filter(({ got }) => got !== undefined).length).toBeGreaterThanOrEqual(40)
})
