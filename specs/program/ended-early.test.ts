import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { gateFile, passing } from '../../fixtures/short-run/short-run.ts'
import { spec } from '../spec.ts'
import { withShortGate } from '../weakenings/weakened.ts'

const root = join(import.meta.dirname, '..', '..')
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')

/** The variables of a terminal: none by which this test runner would reach the one it starts. */
const terminal = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => ['PATH', 'HOME', 'TMPDIR'].includes(name)),
)

interface Ended {
  readonly code: number | null
  readonly output: string
}

/** Starts a program, lets `meanwhile` act on it, and waits until it has ended. */
async function play(
  words: readonly string[],
  cwd: string,
  meanwhile: (child: ReturnType<typeof spawn>, output: () => string) => void,
): Promise<Ended> {
  const child = spawn(process.execPath, words, { cwd, env: terminal, stdio: 'pipe' })
  let output = ''
  child.stdin.end()
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes: Buffer) => {
      output += bytes.toString()
      meanwhile(child, () => output)
    })
  }
  meanwhile(child, () => output)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output }
}

/** As `| head -1` does once it has its line. */
const stopReading = (child: ReturnType<typeof spawn>): void => {
  child.stdout?.destroy()
}

spec(
  'GATE/FR-010',
  'a run outlives the reader of its output: the evidence is complete',
  async () => {
    await withShortGate(async (folder) => {
      const { code, output } = await play([vitest, 'run', 'gate'], folder, stopReading)
      expect(output).not.toContain('EPIPE')
      expect(code).toBe(0)
      expect(await readdir(join(folder, 'artifacts', 'gate'))).toContain('latest')
    })
  },
)

spec('GATE/FR-011', 'a command whose reader has gone ends without an error', async () => {
  const program = join(root, 'packages', 'canary-gate', 'bin', 'canary-gate.js')
  const { code, output } = await play([program, 'trace', '--help'], root, stopReading)
  expect(output).toBe('')
  expect(code).toBe(0)
})

spec(
  'GATE/FR-008',
  'Ctrl-C leaves no verdict; it says how far the run came and what to type',
  async () => {
    await withShortGate(async (folder) => {
      const waits = `(run) => { run.progress('waiting'); return new Promise((done) => setTimeout(done, 60_000)) }`
      await writeFile(gateFile(folder, 2), passing(2, waits))
      const { code, output } = await play([vitest, 'run', 'gate'], folder, (child, printed) => {
        if (printed().includes('waiting') && !printed().includes('HOLD')) child.kill('SIGINT')
      })
      expect(code).not.toBe(0)
      expect(output).toContain('interrupted by SIGINT in GATE/FR-006, 2 requirements had passed')
      expect(output).toContain('Next        npx canary-gate run')
      expect(output).not.toContain('Test Files')
      expect(await readdir(join(folder, 'artifacts', 'gate'))).not.toContain('latest')
    })
  },
)
