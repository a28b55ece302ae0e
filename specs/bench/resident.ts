import { execa } from 'execa'
import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

const EVERY_MS = 50

/** The resident size of a process, in kilobytes, sampled until it ends. */
export async function residentSizes(child: ChildProcess): Promise<number[]> {
  const sizes: number[] = []
  while (child.exitCode === null && child.signalCode === null) {
    const { stdout } = await execa('ps', ['-o', 'rss=', '-p', String(child.pid)], { reject: false })
    // An ended process has no size; neither has one that is about to start.
    if (Number(stdout) > 0) sizes.push(Number(stdout))
    await sleep(EVERY_MS)
  }
  return sizes
}
