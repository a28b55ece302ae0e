import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { freePort } from '../../fixtures/hub/cluster.ts'
import { spec } from '../spec.ts'

const program = fileURLToPath(new URL('../../packages/hub/bin/spec-kitty-hub.js', import.meta.url))

interface Started {
  /** What Node was started with, as the system knows it. */
  readonly options: readonly string[]
  readonly isConnected: boolean
}

/** A hub as it is while it waits for its database, started by its own words for Node. */
async function started(
  node: readonly string[],
  words: readonly string[],
  more: Readonly<Record<string, string>> = {},
  channel: readonly 'ipc'[] = [],
): Promise<Started> {
  const nowhere = `postgres://127.0.0.1:${await freePort()}/hub`
  const child = spawn(process.execPath, [...node, program, ...words, '--database', nowhere], {
    env: { PATH: process.env['PATH'] ?? '', ...more },
    stdio: ['ignore', 'ignore', 'pipe', ...channel],
  })
  const pid = String(child.pid)
  await once(child.stderr!, 'data')
  const [, ...options] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  const isConnected = child.connected
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
  return { options: options.slice(0, options.indexOf(program)), isConnected }
}

const bound = '--max-semi-space-size=8'
const serve = ['serve', '--port', '0']

spec(
  'SYNC/FR-014',
  'the young objects of a hub have a bound, unless an operator chose one, in the process that was started',
  async ({ skip }) => {
    if (process.platform !== 'linux')
      return skip('only /proc tells what a process was started with')
    const other = '--trace-uncaught'
    expect((await started([other], serve)).options).toEqual([bound, other])
    expect((await started([], serve.slice(1))).options).toEqual([bound])
    const chosen = '--max_semi_space_size=32'
    expect((await started([chosen], serve)).options).toEqual([chosen])
    const byEnvironment = { NODE_OPTIONS: '--max-semi-space-size=32' }
    expect((await started([], serve, byEnvironment)).options).toEqual([])
    expect(await started([], serve, {}, ['ipc'])).toMatchObject({
      options: [],
      isConnected: true,
    })
  },
)
