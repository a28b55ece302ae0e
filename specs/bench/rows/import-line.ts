import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { anEvent } from '../../../fixtures/engine/events.ts'
import { temporaryHome } from '../../../fixtures/engine/home.ts'
import { importEvents } from '../../../packages/sync-engine/src/retention/import.ts'
import { processorSeconds } from '../retention-run.ts'
import type { BenchRow } from '../row.ts'

const BYTES = 50_000_000

export const row: BenchRow = {
  name: 'import of one line of 50 MB, processor time',
  unit: 's',
  bar: { atMost: 3 },
  measure: async () => {
    using folder = temporaryHome()
    const file = join(folder.home, 'line.jsonl')
    const words = Array.from(
      { length: BYTES / 50 },
      () => 'a status line of the kind that packages carry',
    )
    writeFileSync(file, JSON.stringify(anEvent({ payload: { words } })))
    return await processorSeconds(async () => {
      const { imported } = await importEvents(folder.home, file, Date.now)
      if (imported !== 1) throw new Error('the event was not imported')
    })
  },
}
