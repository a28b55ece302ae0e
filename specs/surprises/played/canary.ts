// Stands in for the canary: writes the documents of runs that passed, one of them perhaps changed.
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ulid } from 'ulid'
import type { CanaryRunResult } from '../../../fixtures/harness/run-canary.ts'
import { asWritten } from './written.ts'

const names = [
  'Fresh Authenticated Mission',
  'Legacy Queue Row Migration',
  'Daemon Owner Mismatch Refusal',
  'Review Rejection Force-Required Contract',
]
const [surprise = '', ...words] = process.argv.slice(2)
const isSingle = words[0] === '--single'
const folder = join(process.cwd(), 'artifacts', 'sync_identity_boundary')
await mkdir(join(folder, 'runs'), { recursive: true })
let sibling = textOf(passed(9))
for (let number = 1; number <= (isSingle ? 1 : 4); number += 1) {
  const text = textOf(passed(number))
  const at = `${isSingle ? 'single ' : ''}runs/run-${number}.json`
  await put(join('runs', `run-${number}.json`), await asWritten({ surprise, at, text, sibling }))
  const latest = `${isSingle ? 'single ' : ''}latest.json of ${number}`
  await put('latest.json', await asWritten({ surprise, at: latest, text, sibling }))
  sibling = text
  await sleep(30)
}

function passed(number: number): CanaryRunResult {
  const now = Date.now()
  return {
    ...{ outcome: 'pass', run_id: ulid(now), run_number: number, cli_version: '3.2.0rc16' },
    ...{ events_package_version: '5.1.0', timestamp: new Date(now).toISOString() },
    scenarios: names.map((name, index) => ({
      ...{ id: index + 1, name, status: 'pass', failure_mode: null, details: 'as expected' },
    })),
  }
}

function textOf(run: CanaryRunResult): string {
  return `${JSON.stringify(run, null, 2)}\n`
}

async function put(name: string, bytes: Uint8Array): Promise<void> {
  await writeFile(join(folder, `${name}.new`), bytes)
  await rename(join(folder, `${name}.new`), join(folder, name))
}
