import fc from 'fast-check'
import { expect } from 'vitest'
import { foreignCode } from '../../packages/fix-prover/src/syntax/foreign-code.ts'
import { spec } from '../spec.ts'

/** Parts of programs, and what layout may be between them. */
const languages = {
  'a.go': {
    texts: ['`a // b\n/* c`', '"a  // b"', '"\\""', "'\"'"],
    comments: ['/* " */', '// `\n'],
  },
  'a.rs': { texts: ['r#"a "// b"#', '"a\n  /* b"', "'\\''"], comments: ['/* " */', "// 'a\n"] },
  'a.java': { texts: ['"""\n // a\n"""', '"a  /* b */"', "'\"'"], comments: ['/* " */', '// "\n'] },
  'a.cc': { texts: ['R"x(a // b)" c)x"', '"a  // b"', "'\"'"], comments: ['/* " */', '// "\n'] },
}
const common = ['a', 'b1', '12', '*', '&&', '-', '(', ')', '{', ';', '==']

interface Piece {
  readonly text: string
  readonly before: string
  readonly other: string
}

/** A program as some pieces, each with two ways of what comes before it. */
function programs(path: keyof typeof languages): fc.Arbitrary<readonly Piece[]> {
  const { texts, comments } = languages[path]
  const isLine = (text: string): boolean => text.includes('\n')
  const between = fc.constantFrom(' ', '  ', '\t', ...comments.filter((one) => !isLine(one)))
  const lines = fc.constantFrom('\n', '\n\n', ' \n  ', ...comments.filter(isLine))
  const layouts = fc.oneof(fc.tuple(between, between), fc.tuple(lines, lines))
  const piece = fc.record({ text: fc.constantFrom(...common, ...texts), layouts })
  return fc
    .array(piece, { minLength: 1, maxLength: 12 })
    .map((all) =>
      all.map(({ text, layouts: [one, two] }) => ({ text, before: ` ${one}`, other: ` ${two}` })),
    )
}

for (const path of Object.keys(languages) as (keyof typeof languages)[]) {
  spec(
    'GATE/FR-002',
    `layout and comments of ${path} are nothing, and everything else is something`,
    () => {
      fc.assert(
        fc.property(programs(path), fc.nat(), fc.constantFrom(...common), (pieces, seed, text) => {
          const one = pieces.map((piece) => piece.before + piece.text).join('')
          const two = pieces.map((piece) => piece.other + piece.text).join('')
          expect(foreignCode(path, two)).toBe(foreignCode(path, one))
          const at = seed % pieces.length
          const changed = pieces.with(at, { text, before: ' ', other: pieces[at]?.other ?? ' ' })
          const three = changed.map((piece) => piece.other + piece.text).join('')
          if (pieces[at]?.text !== text)
            expect(foreignCode(path, three)).not.toBe(foreignCode(path, one))
        }),
        { numRuns: 2000 },
      )
    },
  )
}

spec('GATE/FR-002', 'what a compiler or an interpreter reads of a comment is code', () => {
  const pairs: readonly (readonly [path: string, one: string, other: string])[] = [
    ['a.go', '//go:embed a.txt\n', '//go:embed b.txt\n'],
    ['a.go', '// #cgo LDFLAGS: -la\n', '// #cgo LDFLAGS: -lb\n'],
    ['a.rb', '# frozen_string_literal: true\n', '# frozen_string_literal: false\n'],
    ['a.sh', '#!/bin/sh\n', '#!/bin/bash\n'],
  ]
  for (const [path, one, other] of pairs)
    expect(foreignCode(path, one)).not.toBe(foreignCode(path, other))
})

spec('GATE/FR-002', 'lines that look like comments in a block of text are not judged', () => {
  expect(foreignCode('a.yml', 'run: |\n  # a\n')).toBeNull()
  expect(foreignCode('a.rb', 'x = <<~A\n  # a\nA\n')).toBeNull()
  expect(foreignCode('a.yml', '# a\nrun: 1\n')).toBe(foreignCode('a.yml', 'run: 1\n'))
})
