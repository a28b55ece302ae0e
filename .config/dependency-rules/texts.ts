import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import type { Module } from './modules.ts'
import type { Violation } from './rules.ts'

/** Shorter strings are words, not sentences: they may well be used for something else. */
const SHORTEST_SENTENCE = 25

/**
 * A requirement's sentence exists once: no other module holds a sentence of a table of requirements.
 * Compared without case, spaces at the ends and the full stop.
 */
export function copiedTexts(
  root: string,
  modules: readonly Module[],
  tables: readonly string[],
): Violation[] {
  const sentences = new Map<string, string>()
  const violations: Violation[] = []
  for (const table of tables)
    for (const text of stringsOf(root, table)) {
      const key = normalized(text)
      if (key.length < SHORTEST_SENTENCE) continue
      if (sentences.has(key)) violations.push({ rule: 'copied-requirement', from: table, to: text })
      sentences.set(key, table)
    }
  for (const { path } of modules.filter((one) => !tables.includes(one.path)))
    for (const text of stringsOf(root, path))
      if (sentences.has(normalized(text)))
        violations.push({ rule: 'copied-requirement', from: path, to: text })
  return violations
}

function normalized(text: string): string {
  return text.trim().replace(/\.$/, '').toLowerCase()
}

/** The plain string literals of a file. */
function stringsOf(root: string, path: string): string[] {
  const text = readFileSync(join(root, path), 'utf8')
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) found.push(node.text)
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, false))
  return found
}
