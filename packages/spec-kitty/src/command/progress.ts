import { Worker } from 'node:worker_threads'

/** Quick commands stay quiet; a line appears only after this long. */
const QUIET_MS = 2_000
/** Bytes of the words that say what is counted. */
const WORDS = 80
/** Places in the shared memory; the words begin behind the numbers. */
const [STATE, COUNT, LENGTH, WORDS_AT] = [0, 1, 2, 16]
/** States: nothing is on the screen, a line is, somebody writes, the command has ended. */
const [CLEAR, DRAWN, WRITING, ENDED] = [0, 1, 2, 3]
const LARGEST = 2_147_483_647
/** The terminal forgets the line. */
const TAKE_AWAY = '\r\u001b[K'

/**
 * A line on standard error that says, once a second, what a command is at and for how long: after two seconds,
 * where a person looks. A thread of its own draws it, because most long steps are a single call of SQLite, in
 * which this thread does nothing else. The line is taken away before anything else is printed.
 */
export class Progress {
  readonly #isTerminal: boolean
  readonly #write: (text: string) => void
  #shared: SharedArrayBuffer | undefined
  #what = ''

  /** @param write to the same terminal */
  constructor(isTerminal: boolean, write: (text: string) => void) {
    this.#isTerminal = isTerminal
    this.#write = write
  }

  /** @param what that is named until something is counted */
  begin(what: string): void {
    if (!this.#isTerminal || this.#shared !== undefined) return
    this.#shared = new SharedArrayBuffer(WORDS_AT + WORDS)
    this.#name(what)
    startThread(this.#shared)
  }

  /**
   * Counts what is done.
   * @param what another name begins another count
   */
  count(more: number, what: string): void {
    if (this.#shared === undefined) return
    const numbers = new Int32Array(this.#shared, 0, WORDS_AT / 4)
    const before = this.#what === what ? Atomics.load(numbers, COUNT) : 0
    if (this.#what !== what) this.#name(what)
    Atomics.store(numbers, COUNT, Math.min(before + more, LARGEST))
  }

  /** Takes the line away, so that something else can be printed. */
  clear(): void {
    this.#alone(CLEAR)
  }

  /** No line is drawn from here on. */
  end(): void {
    this.#alone(ENDED)
    this.#shared = undefined
  }

  #name(what: string): void {
    this.#what = what
    this.#alone(CLEAR, (numbers, words) => {
      Atomics.store(numbers, COUNT, 0)
      Atomics.store(numbers, LENGTH, new TextEncoder().encodeInto(what, words).written)
    })
  }

  /** While the thread writes it cannot be stopped in the middle of a line; that takes no time. */
  #alone(then: number, change?: (numbers: Int32Array, words: Uint8Array) => void): void {
    if (this.#shared === undefined) return
    const numbers = new Int32Array(this.#shared, 0, WORDS_AT / 4)
    let state = Atomics.load(numbers, STATE)
    while (state === WRITING || Atomics.compareExchange(numbers, STATE, state, WRITING) !== state) {
      Atomics.wait(numbers, STATE, WRITING, 1)
      state = Atomics.load(numbers, STATE)
    }
    if (state === DRAWN) this.#write(TAKE_AWAY)
    change?.(numbers, new Uint8Array(this.#shared, WORDS_AT))
    Atomics.store(numbers, STATE, then)
  }
}

/** A program that is packed into few files has no module of its own for it, so the function goes as text. */
function startThread(shared: SharedArrayBuffer): void {
  const states = { STATE, COUNT, LENGTH, WORDS_AT, CLEAR, DRAWN, WRITING }
  const given = JSON.stringify({ QUIET_MS, TAKE_AWAY, ...states })
  const code = `(${draw.toString()})(require('node:worker_threads').workerData, require('node:fs').writeSync, ${given})`
  new Worker(code, { eval: true, workerData: shared }).unref()
}

/** Runs as a thread: nothing outside of it is known to it. */
function draw(
  shared: SharedArrayBuffer,
  write: (file: number, text: string) => void,
  its: Readonly<Record<string, number | string>>,
): void {
  const place = (name: string): number => Number(its[name])
  const numbers = new Int32Array(shared, 0, place('WORDS_AT') / 4)
  const since = performance.now()
  setInterval(() => {
    const passedMs = performance.now() - since
    if (passedMs < place('QUIET_MS')) return
    const before = Atomics.load(numbers, place('STATE'))
    if (before !== place('CLEAR') && before !== place('DRAWN')) return
    const writing = place('WRITING')
    if (Atomics.compareExchange(numbers, place('STATE'), before, writing) !== before) return
    const length = Atomics.load(numbers, place('LENGTH'))
    // A copy, because shared memory cannot be decoded.
    const words = new TextDecoder().decode(
      new Uint8Array(shared, place('WORDS_AT'), length).slice(),
    )
    const count = Atomics.load(numbers, place('COUNT'))
    const what = count === 0 ? words : `${count} ${words}`
    try {
      write(2, `${its['TAKE_AWAY']}${what}, ${Math.floor(passedMs / 1_000)} s`)
    } finally {
      Atomics.store(numbers, place('STATE'), place('DRAWN'))
      Atomics.notify(numbers, place('STATE'))
    }
  }, 1_000)
}
