import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { mountSmallDisk } from '../../fixtures/engine/small-disk.ts'
import { openBodies } from '../../packages/sync-engine/src/bodies/database.ts'
import { spec } from '../spec.ts'

spec(
  ['SYNC/T014', 'SYNC/C-006', 'SYNC/NFR-002'],
  'a queue of documents that a full disk keeps from being made leaves no empty file behind',
  (context) => {
    using disk = mountSmallDisk(8)
    if (disk === undefined) return context.skip('a real file system is mounted; that needs root')
    const folder = join(disk.folder, 'queues')
    const path = join(folder, 'queue-0123456789abcdef.db')
    openBodies(path).close()
    let failures = 0
    for (let left = 0; left <= 98_304; left += 4_096) {
      rmSync(path)
      disk.fill(left)
      try {
        openBodies(path).close()
      } catch {
        failures += 1
        expect([left, readdirSync(folder)]).toEqual([left, []])
        disk.free()
        openBodies(path).close()
      }
      disk.free()
      expect(readdirSync(folder)).toEqual(['queue-0123456789abcdef.db'])
    }
    expect(failures).toBeGreaterThan(2)
  },
)
