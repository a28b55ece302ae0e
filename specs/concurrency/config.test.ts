import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { parse } from 'smol-toml'
import { expect } from 'vitest'
import { temporaryHome } from '../../fixtures/engine/home.ts'
import { spec } from '../spec.ts'

const WORKER = join(import.meta.dirname, '../../fixtures/engine/config-worker.ts')
const TIMES = 40

spec(
  ['SYNC/FR-016', 'SYNC/T022'],
  'processes that set different keys of config.toml at the same time lose none of them',
  async () => {
    using folder = temporaryHome()
    const path = join(folder.home, 'config.toml')
    writeFileSync(path, '# kept\n[sync]\nserver_url = "x"\n')
    const keys = [
      ['sync', 'server_url'],
      ['event_sync', 'mode'],
      ['event_sync', 'external_endpoint'],
    ] as const
    await Promise.all(
      keys.map(([table, key]) =>
        execa(process.execPath, [WORKER, path, table, key, String(TIMES)]),
      ),
    )
    const text = readFileSync(path, 'utf8')
    expect(text).toContain('# kept')
    expect(parse(text)).toEqual({
      sync: { server_url: `server_url-${TIMES}` },
      event_sync: { mode: `mode-${TIMES}`, external_endpoint: `external_endpoint-${TIMES}` },
    })
  },
)
