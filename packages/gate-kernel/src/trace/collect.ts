import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { SyntaxNode } from '@lezer/common'
import { parser } from '@lezer/javascript'
import { findIn, type Register } from './register.ts'

/** A test as its source names it, read without running anything. */
export interface WrittenTest {
  readonly file: string
  readonly line: number
  /** Requirement ids as written; empty where the test names none. */
  readonly ids: readonly string[]
  /** The title; `*` stands for what is filled in when it runs. */
  readonly title: string
}

/** Functions that define a test by requirement ids and a sentence, and Vitest's own. */
const NAMED_BY_IDS = /^spec$/
const NAMED_BY_TITLE = /^(?:test|it)(?:\.(?:only|skip|todo|fails|concurrent|sequential))*$/

const typescript = parser.configure({ dialect: 'ts' })

/**
 * All tests of some folders below `root`, in order of file and line.
 *
 * @param register gives a requirement its title: a gate file names it by its id alone
 */
export async function collectTests(
  root: string,
  folders: readonly string[],
  register: Register,
): Promise<WrittenTest[]> {
  const files = (await Promise.all(folders.map((folder) => sourcesIn(join(root, folder))))).flat()
  const tests = files.sort().map(async (file) => {
    const source = await readFile(file, 'utf8')
    return collectFrom(source, relative(root, file), register)
  })
  return (await Promise.all(tests)).flat()
}

/** The tests that one source file writes down. */
export function collectFrom(source: string, file: string, register: Register = []): WrittenTest[] {
  const find = findIn(register)
  const found: WrittenTest[] = []
  typescript.parse(source).iterate({
    enter: ({ node }) => {
      if (node.name !== 'CallExpression') return
      const test = readCall(node, source, find)
      if (test) found.push({ file, line: lineOf(source, node.from), ...test })
    },
  })
  return found
}

async function sourcesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter(
      (entry) => entry.isFile() && /\.(?:ts|js)$/.test(entry.name) && !entry.name.endsWith('.d.ts'),
    )
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !DEFINITIONS.some((definition) => file.endsWith(definition)))
}

// Defines the function by which specs are written; it writes none itself.
const DEFINITIONS: readonly string[] = [join('specs', 'spec.ts')]

function readCall(
  call: SyntaxNode,
  source: string,
  find: ReturnType<typeof findIn>,
): Pick<WrittenTest, 'ids' | 'title'> | undefined {
  const callee = call.firstChild
  const name = callee === null ? '' : text(callee, source)
  const [first, second] = argumentsOf(call)
  if (first === undefined) return undefined
  if (name === 'requirement' && second === undefined) {
    const [id = '*'] = stringsIn(first, source)
    return { ids: id === '*' ? [] : [id], title: `${id} ${find(id)?.text ?? '*'}` }
  }
  if (NAMED_BY_IDS.test(name) && second !== undefined) {
    const ids = stringsIn(first, source)
    return { ids, title: `${ids.join(' ') || '*'} ${titleOf(second, source)}` }
  }
  if (NAMED_BY_TITLE.test(name) && isText(first)) {
    const title = titleOf(first, source)
    return { ids: idsOfTitle(title), title }
  }
  return undefined
}

function argumentsOf(call: SyntaxNode): SyntaxNode[] {
  const list = call.getChild('ArgList')
  const found: SyntaxNode[] = []
  for (let child = list?.firstChild ?? null; child; child = child.nextSibling) {
    if (!['(', ')', ','].includes(child.name)) found.push(child)
  }
  return found
}

/** String literals of an argument: one, or those of an array. */
function stringsIn(node: SyntaxNode, source: string): string[] {
  if (node.name === 'String') return [unquote(text(node, source))]
  if (node.name !== 'ArrayExpression') return []
  return node.getChildren('String').map((child) => unquote(text(child, source)))
}

function isText(node: SyntaxNode): boolean {
  return node.name === 'String' || node.name === 'TemplateString'
}

/** A title with `*` for everything that is not written down as text. */
function titleOf(node: SyntaxNode, source: string): string {
  if (node.name === 'String') return unquote(text(node, source))
  if (node.name !== 'TemplateString') return '*'
  return text(node, source)
    .slice(1, -1)
    .replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '*')
}

function unquote(literal: string): string {
  return literal.slice(1, -1).replace(/\\(.)/g, '$1')
}

function text(node: SyntaxNode, source: string): string {
  return source.slice(node.from, node.to)
}

function lineOf(source: string, offset: number): number {
  return source.slice(0, offset).split('\n').length
}

const IDS = /(?:^| > )((?:[A-Z][A-Z0-9]*\/[A-Z][\w-]* )+)/

/** The ids a test's title begins with, or none. */
export function idsOfTitle(title: string): string[] {
  return IDS.exec(title)?.[1]?.trim().split(' ') ?? []
}
