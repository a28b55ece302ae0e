import { execa } from 'execa'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { anEvent } from '../../fixtures/engine/events.ts'
import { temporaryHome } from '../../fixtures/engine/home.ts'
import { LEDGER_STATUSES } from '../../packages/sync-engine/src/delivery/transition.ts'
import { spec } from '../spec.ts'

const ROOT = join(import.meta.dirname, '../..')
const page = (name: string): string => readFileSync(join(ROOT, 'docs', name), 'utf8')

spec(
  ['SYNC/FR-002', 'SYNC/FR-003', 'SYNC/FR-005', 'SYNC/FR-008', 'SYNC/SC-005'],
  "the library page's example captures, delivers to two targets and shows the ledger",
  async () => {
    using folder = temporaryHome()
    const example = /```ts\n([\s\S]*?)```/.exec(page('engine.md'))?.[1] ?? ''
    const event = anEvent()
    const entry = join(ROOT, 'packages/sync-engine/src/index.ts')
    const given = [
      `const home = ${JSON.stringify(folder.home)}, event = ${JSON.stringify(event)}`,
      'await using mine = await sync.startStubServer()',
      'await using theirs = await sync.startStubServer()',
    ].join('\n')
    const program = join(folder.home, 'example.ts')
    const source = example.replace("'@canary-gate/sync-engine'", JSON.stringify(entry))
    writeFileSync(program, source.replace('\n\n', `\n${given}\n`))
    const { stdout } = await execa(process.execPath, [program], { env: { HOME: folder.home } })
    expect(stdout.match(/status: '\w+'/g)).toEqual(["status: 'success'", "status: 'success'"])
    expect(new Set(stdout.match(/canonicalUrl: '[^']+'/g)).size).toBe(2)
    expect(example.split('\n').filter((line) => line.trim() !== '').length).toBe(10)
  },
)

spec(
  ['SYNC/T037', 'SYNC/NFR-006', 'SYNC/T028'],
  'the pages of states and of the batch API name every state and every word',
  () => {
    for (const status of LEDGER_STATUSES) expect(page('delivery-states.md')).toContain(status)
    for (const word of [
      'success',
      'accepted',
      'warning',
      'duplicate',
      'queued',
      'pending',
      'rejected',
      'failed_permanent',
    ])
      expect(page('batch-api.md')).toContain(`\`${word}\``)
    expect(page('batch-api.md')).toContain('Body uploads are not\npart of this API')
  },
)
