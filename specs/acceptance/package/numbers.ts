import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkTree } from '../../../.config/dependency-rules/check.ts'
import { root, type Size } from './installed.ts'

/** What the page of figures is made of, apart from what is read in the sources. */
export interface Measured {
  readonly sizes: ReadonlyMap<string, Size>
  readonly bars: Readonly<Record<string, Size>>
  /** `Time` of the screen of a rehearsal by the installed package. */
  readonly time: string
}

/** Writes docs/numbers.md; the specs of the tarballs measured it. */
export async function writeNumbers(measured: Measured): Promise<void> {
  const page = [
    ...['# Numbers', '', 'Written by `npm run acceptance`.', ''],
    ...['Each tarball installed alone in an empty folder:', ''],
    ...table(['Package', 'Packages', 'MB', 'Bar'], rowsOf(measured)),
    ...['', 'The house:', ''],
    ...table(['What', 'Now', 'Bar'], await house(measured)),
    '',
  ]
  await writeFile(join(root, 'docs', 'numbers.md'), page.join('\n'))
}

function rowsOf({ sizes, bars }: Measured): string[][] {
  return [...sizes].sort().map(([name, { packages, megabytes }]) => {
    const bar = bars[name]
    const limit = bar === undefined ? '' : `${bar.packages} packages, ${bar.megabytes} MB`
    return [name, String(packages), String(megabytes), limit]
  })
}

async function house({ time }: Measured): Promise<string[][]> {
  const { modules, violations } = checkTree(root)
  const count = (...rules: (typeof violations)[number]['rule'][]): string =>
    String(violations.filter(({ rule }) => rules.includes(rule)).length)
  const text = await readFile(join(root, 'fixtures', 'short-run', 'definition.ts'), 'utf8')
  const lines = /defineGate\(\{[^]*?\n {2}\}\)/.exec(text)?.[0] ?? ''
  return [
    [
      `folders in import cycles, of ${modules} modules`,
      count('cycle-of-folders', 'cycle-of-files'),
      '0',
    ],
    [
      'imports that no rule or manifest allows',
      count('undeclared-dependency', 'forbidden-import', 'inside-of-another-package'),
      '0',
    ],
    ["second copies of a requirement's text", count('copied-requirement'), '0'],
    ['lines of the table of the short gate of the specs', String(lines.split('\n').length), '30'],
    ['a rehearsal by the installed package, beside other specs', time, "6 s the gate's own"],
  ]
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)]
}
