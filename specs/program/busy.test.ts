import { afterEach, beforeEach, expect, vi } from 'vitest'
import { busy } from '../../packages/canary-gate/src/program/busy.ts'
import { spec } from '../spec.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

function screen(isTTY: boolean): { isTTY: boolean; write: (text: string) => void; said: string } {
  const seen = { isTTY, said: '', write: (text: string) => void (seen.said += text) }
  return seen
}

async function after(ms: number, isTTY: boolean, how: 'ends' | 'fails' = 'ends'): Promise<string> {
  const seen = screen(isTTY)
  const work = new Promise<string>((resolve, reject) =>
    setTimeout(() => (how === 'ends' ? resolve('done') : reject(new Error('failed'))), ms),
  )
  const told = busy('running the tests', work, seen).catch((error: unknown) => String(error))
  await vi.advanceTimersByTimeAsync(ms)
  expect(await told).toBe(how === 'ends' ? 'done' : 'Error: failed')
  await vi.advanceTimersByTimeAsync(10_000)
  return seen.said
}

spec(
  'GATE/C-008',
  'a command that takes longer than two seconds says so on a terminal',
  async () => {
    expect(await after(1_900, true)).toBe('')
    expect(await after(3_500, true)).toBe(
      '\rrunning the tests, 2 s \rrunning the tests, 3 s \r\u001b[K',
    )
    expect(await after(3_500, true, 'fails')).toMatch(/\u001b\[K$/)
    expect(await after(60_000, false)).toBe('')
  },
)
