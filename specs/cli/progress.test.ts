import { expect } from 'vitest'
import { withVisibleControls, type Io } from '../../packages/spec-kitty/src/command/io.ts'
import { progressBar } from '../../packages/spec-kitty/src/command/progress.ts'
import { spec } from '../spec.ts'

/** A terminal whose clock is moved by hand. */
function terminal(isTerminal: boolean): {
  io: Io
  pass: (ms: number) => void
  drawn: () => string
} {
  let now = 0
  let drawn = ''
  const io = withVisibleControls({
    env: {},
    cwd: '/',
    program: '/spec-kitty',
    out: () => undefined,
    err: (text) => (drawn += text),
    now: () => now,
    isTerminal,
    columns: 80,
  })
  return { io, pass: (ms) => (now += ms), drawn: () => drawn }
}

spec('SYNC/T077', 'progress is drawn after two seconds, and only where somebody watches', () => {
  for (const isTerminal of [true, false]) {
    const { io, pass, drawn } = terminal(isTerminal)
    const bar = progressBar(io, 'rows migrated')
    pass(1_900)
    bar.add(10_000)
    expect(drawn()).toBe('')
    pass(200)
    bar.add(10_000)
    bar.end()
    expect(drawn()).toBe(isTerminal ? '\r20000 rows migrated, 2 s \n' : '')
  }
})

spec('SYNC/T077', 'what is counted next begins at nothing, on the same line', () => {
  const { io, pass, drawn } = terminal(true)
  const bar = progressBar(io, 'lines read')
  bar.add(7)
  pass(3_000)
  bar.add(2, 'lines taken')
  bar.end()
  expect(drawn()).toBe('\r2 lines taken, 3 s \n')
})
