// A gate in small: starts a sleeping program through `runProgram`, prints its pid, and waits for it.
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { plainEnvironment } from '../../packages/programs/src/environment.ts'
import { runProgram } from '../../packages/programs/src/process.ts'

const done = runProgram({ command: ['sleep', '60'], env: plainEnvironment([]), timeoutMs: 60_000 })
process.stdout.write(String(await childPid()))
await done

/** The kernel knows our children; the gate itself never needs their pid. */
async function childPid(): Promise<number> {
  for (;;) {
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
      const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]
      if (stat.includes('(sleep)') && Number(parent) === process.pid) return Number(pid)
    }
    await pause(10)
  }
}
