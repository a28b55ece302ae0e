// A harness that plays a script: play-harness.ts <script.json> [--single | --runs N]. The script is data, so a
// spec can make every mistake a harness can make, and let something happen between two runs.
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { execa } from 'execa'
import { ulid } from 'ulid'
import type { Script } from './script.ts'

const [file = '', flag, number = '4'] = process.argv.slice(2)
const script = JSON.parse(await readFile(file, 'utf8')) as Script
const count = flag === '--single' ? 1 : Number(number)
const output = join(process.cwd(), 'artifacts', 'sync_identity_boundary')

const shown = /^(?:SK_|SPEC_|HOME$|GITHUB)/
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => shown.test(name)),
)
await put(join(output, '..', 'environment.txt'), JSON.stringify(environment))
for (let number = 1; number <= count; number += 1) await play(number)
if (script.prints !== undefined) process.stdout.write(`${script.prints}\n`)
if (script.hangs === true) await pause(600_000)
process.exitCode = script.exitCode ?? 0

async function play(number: number): Promise<void> {
  const timestamp = new Date().toISOString()
  await pause(20)
  await perform(script.during?.[`${number}`])
  process.stdout.write(`run ${number}\n`)
  if (script.writes?.includes(number) === false) return
  const plain = document(number, timestamp)
  const run = { ...plain, ...(script.runs?.[`${number}`] ?? {}) }
  const text = script.text ?? JSON.stringify(run)
  await put(join(output, 'runs', `run-${number}.json`), text)
  await put(join(output, 'latest.json'), script.latest ?? text)
  await perform(script.after?.[`${number}`])
}

/** Does something between two looks of the gate, however slow this machine is just now. */
async function perform(command: readonly string[] = []): Promise<void> {
  const [program, ...args] = command
  if (program === undefined) return
  await untilLookedAt()
  await execa(program, args)
  await untilLookedAt()
}

/**
 * Each look of the gate ends with a question to the service, which counts them. The first one after
 * now may have begun earlier, the second is whole, and the third says that the second is over.
 */
async function untilLookedAt(): Promise<void> {
  const before = await looks()
  while ((await looks()) < before + 3) await pause(10)
}

async function looks(): Promise<number> {
  const answer = await fetch(`${process.env['SPEC_KITTY_SAAS_URL'] ?? ''}/admin/counters`)
  const { byRoute } = (await answer.json()) as { byRoute: Record<string, number> }
  return byRoute['GET /api/v1/sync/health/'] ?? 0
}

function document(number: number, timestamp: string): object {
  const names = ['Fresh', 'Legacy', 'Owner', 'Review']
  return {
    outcome: 'pass',
    run_id: ulid(),
    run_number: number,
    cli_version: '3.2.0rc16',
    events_package_version: '5.1.0',
    timestamp,
    scenarios: names.map((name, index) => ({
      id: index + 1,
      name,
      status: 'pass',
      failure_mode: null,
    })),
  }
}

async function put(target: string, text: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true })
  await rm(target, { force: true })
  await writeFile(`${target}.new`, text)
  await rename(`${target}.new`, target)
}
