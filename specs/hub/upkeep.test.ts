import { afterEach, beforeEach, expect, vi } from 'vitest'
import { startUpkeep } from '../../packages/hub/src/service/upkeep.ts'
import { spec } from '../spec.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const minute = 60_000

spec('SYNC/T066', 'upkeep begins a minute after the start and comes again every hour', async () => {
  let begun = 0
  const end = startUpkeep(() => {
    begun += 1
    return Promise.resolve()
  })
  const seen: number[] = []
  for (const minutes of [0, 1, 59, 1, 60]) {
    await vi.advanceTimersByTimeAsync(minutes * minute)
    seen.push(begun)
  }
  expect(seen).toEqual([0, 1, 1, 2, 3])
  end()
  await vi.advanceTimersByTimeAsync(600 * minute)
  expect(begun).toBe(3)
})

spec('SYNC/T066', 'upkeep that takes longer than an hour never runs twice at a time', async () => {
  let begun = 0
  const work = Promise.withResolvers<undefined>()
  const end = startUpkeep(async () => {
    begun += 1
    await work.promise
  })
  await vi.advanceTimersByTimeAsync(300 * minute)
  expect(begun).toBe(1)
  end()
  work.resolve(undefined)
  await vi.advanceTimersByTimeAsync(300 * minute)
  expect(begun).toBe(1)
})
