import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect } from 'vitest'
import { spec } from '../spec.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const STRICTEST = [
  'strict',
  'noUncheckedIndexedAccess',
  'exactOptionalPropertyTypes',
  'noImplicitReturns',
  'noImplicitOverride',
  'noPropertyAccessFromIndexSignature',
] as const

spec(
  ['BOUNDARY/NFR-004', 'BOUNDARY/C-005'],
  'engine and command line pass the strictest type check, and nothing is exempted from it',
  () => {
    const file = join(ROOT, 'tsconfig.json')
    const { options } = ts.parseJsonConfigFileContent(
      ts.readConfigFile(file, (path) => ts.sys.readFile(path)).config,
      ts.sys,
      ROOT,
    )
    for (const flag of STRICTEST) expect([flag, options[flag]]).toEqual([flag, true])
    const roots = ['packages/spec-kitty/src/main.ts', 'packages/sync-engine/src/index.ts'].map(
      (path) => join(ROOT, path),
    )
    const program = ts.createProgram(roots, options)
    const complaints = ts
      .getPreEmitDiagnostics(program)
      .map(
        (one) =>
          `${one.file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(one.messageText, ' ')}`,
      )
    expect(complaints).toEqual([])
    const exempted = ['packages/spec-kitty/src', 'packages/sync-engine/src'].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith('.ts'))
        .filter((path) =>
          /@ts-(ignore|expect-error|nocheck)|\bas any\b/.test(
            readFileSync(join(ROOT, folder, path), 'utf8'),
          ),
        ),
    )
    expect(exempted).toEqual([])
  },
)
