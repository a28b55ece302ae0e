import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import type { Mutant } from './probe.ts'

export type { Mutant }

/** `idle`: the gate does not even load, or holds on the faultless world. */
export type End = 'noticed' | 'survived' | 'idle'

/** What became of a gate with one check disabled. */
export interface Played {
  readonly mutant: Mutant
  readonly end: End
}

/**
 * Disables one check after the other and plays the surprises until one is released wrongly.
 *
 * @param width how many are played side by side
 */
export async function playMutants(
  mutants: readonly Mutant[],
  width: number,
  say: (line: string) => void,
): Promise<Played[]> {
  const ends = new Map<Mutant, End>()
  const left = [...mutants]
  const work = async (): Promise<void> => {
    let worker: ChildProcess | undefined
    for (let mutant = left.shift(); mutant !== undefined; mutant = left.shift()) {
      worker = worker?.connected === true ? worker : await startWorker()
      const end = await endOf(worker, mutant)
      say(`${end.padEnd(8)} ${mutant.file}:${mutant.line} ${mutant.text}`)
      ends.set(mutant, end)
    }
    if (worker?.connected === true) worker.disconnect()
  }
  await Promise.all(Array.from({ length: width }, work))
  return mutants.map((mutant) => ({ mutant, end: ends.get(mutant) ?? 'idle' }))
}

async function startWorker(): Promise<ChildProcess> {
  const worker = fork(join(import.meta.dirname, 'worker.ts'))
  const first = await new Promise((resolve) => {
    worker.once('message', resolve).once('exit', resolve)
  })
  if (first === 'ready') return worker
  throw new Error('a process that plays mutants could not be started')
}

/** A gate that hangs, or takes its process with it, does not run. */
const limitMs = 600_000

function endOf(worker: ChildProcess, mutant: Mutant): Promise<End> {
  return new Promise((resolve) => {
    const finish = (end: End): void => {
      clearTimeout(timer)
      worker.removeAllListeners('message').removeAllListeners('exit')
      resolve(end)
    }
    const timer = setTimeout(() => {
      worker.kill('SIGKILL')
    }, limitMs)
    worker.once('exit', () => {
      finish('idle')
    })
    worker.once('message', finish)
    worker.send(mutant)
  })
}
