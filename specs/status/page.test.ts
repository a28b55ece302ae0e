import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { captures, statusPage } from '../../fixtures/cli/captures.ts'
import { spec } from '../spec.ts'

spec(
  ['SYNC/T072', 'BOUNDARY/FR-008', 'BOUNDARY/FR-013'],
  'docs/status.md shows what is really printed: healthy, mismatched, stranded, conflicted',
  async () => {
    const page = readFileSync(new URL('../../docs/status.md', import.meta.url), 'utf8')
    expect(statusPage(await captures())).toBe(page)
  },
)
