// A suite that plays a script: play-suite.ts <script.json> [--junitxml <file>]. Counts its own starts
// in a file beside the script, so that a script can say what its second run does.
import { readFile, writeFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'

export interface SuiteScript {
  /** What the n-th start does; the last entry is repeated. */
  readonly runs: readonly {
    readonly prints?: string
    readonly junit?: string
    readonly exitCode?: number
    readonly hangs?: boolean
  }[]
}

const [file = '', , junitFile] = process.argv.slice(2)
const script = JSON.parse(await readFile(file, 'utf8')) as SuiteScript
const counter = `${file}.starts`
const earlier = Number(await readFile(counter, 'utf8').catch(() => '0'))
await writeFile(counter, String(earlier + 1))
const part = script.runs[Math.min(earlier, script.runs.length - 1)] ?? {}
process.stdout.write(`${part.prints ?? '3 passed in 0.10s'}\n`)
if (junitFile !== undefined && part.junit !== undefined) {
  // A real report carries the time of its run, so no two are alike.
  await writeFile(junitFile, part.junit.replaceAll('{now}', new Date().toISOString()))
}
if (part.hangs === true) await pause(600_000)
process.exitCode = part.exitCode ?? 0
