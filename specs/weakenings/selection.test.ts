import { expect } from 'vitest'
import { runShortGate } from '../../fixtures/short-run/short-run.ts'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { spec } from '../spec.ts'
import { endsWithoutRelease, withShortGate } from './weakened.ts'

endsWithoutRelease('-t of one title', { words: ['run', 'gate', '-t', 'FR-002'] })
endsWithoutRelease('-t of every title', { words: ['run', 'gate', '-t', 'passes'], names: 'option' })
endsWithoutRelease('one file', { words: ['run', 'gate/01-'], names: 'filtered' })
endsWithoutRelease('one line of a file', { words: ['run', 'gate/01-FR-002-short.test.ts:2'] })
endsWithoutRelease('--exclude', { words: ['run', 'gate', '--exclude', '**/05-*'] })
endsWithoutRelease('--shard', { words: ['run', 'gate', '--shard=1/2'] })
endsWithoutRelease('--project gate', { words: ['run', 'gate', '--project=gate'], names: 'option' })
endsWithoutRelease('--project specs', { words: ['run', '--project=specs'] })
endsWithoutRelease('no filter: other tests run along', { words: ['run'], names: 'foreign-module' })
endsWithoutRelease('related', { words: ['related', 'gate/requirement.ts', '--run'] })
endsWithoutRelease('--lastFailed', { words: ['run', 'gate', '--lastFailed'] })
endsWithoutRelease('--changed', { words: ['run', 'gate', '--changed'] })
endsWithoutRelease('--tagsFilter', { words: ['run', 'gate', '--tagsFilter=none'] })
endsWithoutRelease('--dir', { words: ['run', 'gate', '--dir=gate'] })
endsWithoutRelease('doctor', { words: ['doctor', 'gate'] })
endsWithoutRelease('bench', { words: ['bench', 'gate', '--run'] })
endsWithoutRelease('a filter that matches nothing', { words: ['run', 'gate/nothing'] })
endsWithoutRelease('another root', { words: ['run', 'gate', '--root=.'], names: 'option' })

endsWithoutRelease('another configuration with the same projects', {
  words: ['run', 'gate', '--config=other.config.ts'],
  prepare: (folder) =>
    writeFile(
      join(folder, 'other.config.ts'),
      `import pinned from './vitest.config.ts'\nexport default pinned\n`,
    ),
  names: 'option',
})

const bareConfiguration = `export default { test: { include: ['gate/**/*.test.ts'] } }\n`

spec(
  ['GATE/FR-008', 'GATE/FR-011'],
  'whatever runs no gate withdraws the last release',
  async () => {
    const others: readonly (readonly string[])[] = [
      ['list', 'gate'],
      // A cache of its own: gates that run beside this spec read the common one.
      ['run', 'gate', '--clearCache', '--fsModuleCachePath=own-cache'],
      ['run', 'gate', '--config=bare.config.ts'],
      ['run', 'gate', '--root=gate'],
    ]
    await withShortGate(async (folder) => {
      await writeFile(join(folder, 'bare.config.ts'), bareConfiguration)
      for (const words of others) {
        const released = await runShortGate(folder, ['run', 'gate'])
        expect(released.evidence?.verdict, released.output).toBe('release')
        const after = await runShortGate(folder, words)
        expect(after.evidence?.verdict ?? 'none', words.join(' ')).not.toBe('release')
        expect(after.publications).toBe(released.publications)
      }
    })
  },
)
