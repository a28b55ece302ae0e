import { ESLint } from 'eslint'
import { join } from 'node:path'
import tseslint from 'typescript-eslint'
import { expect } from 'vitest'
import { spec } from '../spec.ts'

const ROOT = join(import.meta.dirname, '../..')

spec(
  ['SYNC/T044', 'SYNC/T020'],
  'no function of the delivery is more complex than 15',
  async () => {
    const rules = { complexity: ['error', 15] } as const
    const overrideConfig = {
      files: ['**/*.ts'],
      languageOptions: { parser: tseslint.parser },
      rules,
    }
    const linter = new ESLint({
      cwd: ROOT,
      overrideConfigFile: true,
      overrideConfig: overrideConfig as never,
    })
    const results = await linter.lintFiles([
      'packages/sync-engine/src/delivery/*.ts',
      'packages/sync-engine/src/receivers/*.ts',
    ])
    expect(results.length).toBeGreaterThan(15)
    // Comments that switch a rule off are for a rule set that this run does not load.
    const tooComplex = results.flatMap(({ messages }) =>
      messages.filter(({ ruleId }) => ruleId === 'complexity'),
    )
    expect(tooComplex).toEqual([])
  },
)
