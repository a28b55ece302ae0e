import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { expect } from 'vitest'
import { spec } from '../spec.ts'

const root = join(import.meta.dirname, '..', '..')

function expressionsIn(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8')
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) found.push(node.text)
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true))
  return found
}

/** Node 22 takes a name only once in an expression, also in parts of which only one can match. */
function namesTwice(expression: string): boolean {
  const names = [...expression.matchAll(/\(\?<([A-Za-z_$][\w$]*)>/g)].map(([, name]) => name)
  return new Set(names).size < names.length
}

spec('GATE/FR-008', 'each regular expression of the packages is one for Node 22 as well', () => {
  expect(namesTwice(String.raw`/(?<a>x)|(?<a>y)/`)).toBe(true)
  expect(namesTwice(String.raw`/(?<a>x)(?<=z)|(?<b>y)/`)).toBe(false)
  const files = globSync('{packages/*/src/**/*,reporters/*}.{ts,mjs,cjs}', { cwd: root })
  expect(files.length).toBeGreaterThan(500)
  const wrong = files.flatMap((file) => expressionsIn(file).filter(namesTwice))
  expect(wrong).toEqual([])
})
