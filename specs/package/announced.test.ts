import { expect } from 'vitest'
import { sectionOf, unannounced } from '../../release/checks/exports.ts'
import { spec } from '../spec.ts'

const changelog = `# Changelog

## 1.1.0 (unreleased)

- \`added\` is new, \`gone\` is not; plain is only mentioned.

## 1.0.0

- \`plain\` and \`older\`.
`
const line = (name: string): string => `package . value ${name}`

const cases: readonly [string, string[], string[], string[]][] = [
  ['what stayed needs no word', ['older'], ['older'], []],
  ['what came and is named as code', ['added'], [], []],
  ['what went and is named as code', [], ['gone'], []],
  ['what came and is only mentioned', ['plain'], [], ['added: package . value plain']],
  ['what went and an older section names', [], ['older'], ['removed: package . value older']],
  ['a part of a name that is there', ['add'], [], ['added: package . value add']],
]

for (const [what, now, before, findings] of cases)
  spec('GATE/FR-011', `exports that are not announced are found: ${what}`, () => {
    const section = sectionOf(changelog, '1.1.0')
    expect(unannounced(now.map(line), before.map(line), section)).toEqual(findings)
    const all = [
      ...before.map((name) => `removed: ${line(name)}`),
      ...now.map((name) => `added: ${line(name)}`),
    ]
    const changed = all.filter(() => now.join() !== before.join())
    expect(unannounced(now.map(line), before.map(line), sectionOf(changelog, '2.0.0'))).toEqual(
      changed,
    )
  })
