import { closeSync, existsSync, fstatSync, openSync, readSync, writeSync } from 'node:fs'

const DEFAULT_PAGE_BYTES = 4_096
const WAL_HEADER_BYTES = 32
const FRAME_HEADER_BYTES = 24

/**
 * The pages of a SQLite file as its last committed state has them, read without SQLite: a damaged page
 * keeps nobody from reading the others. Frames of the log are checked one by one, each against the
 * checksum that the one before it carries, so a damaged frame does not hide those behind it.
 * https://www.sqlite.org/fileformat2.html
 */
export class PageFile implements Disposable {
  readonly pageBytes: number
  readonly count: number
  readonly #file: number
  readonly #log: number | undefined
  /** Where the newest sound version of a page is in the log. */
  readonly #frames: ReadonlyMap<number, number>

  constructor(path: string) {
    this.#file = openSync(path, 'r')
    this.#log = existsSync(`${path}-wal`) ? openSync(`${path}-wal`, 'r') : undefined
    const header = readAt(this.#file, 0, 100)
    this.pageBytes = pageSizeOf(header)
    this.#frames = this.#log === undefined ? new Map() : committedFrames(this.#log, this.pageBytes)
    const inFile = Math.ceil(fstatSync(this.#file).size / this.pageBytes)
    this.count = Math.max(inFile, ...this.#frames.keys(), 0)
  }

  /** A page by its number from 1; undefined if it is not all there. */
  read(number: number): Buffer | undefined {
    const frame = this.#frames.get(number)
    const page =
      frame === undefined || this.#log === undefined
        ? readAt(this.#file, (number - 1) * this.pageBytes, this.pageBytes)
        : readAt(this.#log, frame, this.pageBytes)
    return page.length === this.pageBytes ? page : undefined
  }

  /** Pages that hold nothing any more; what can still be read on them was deleted. */
  free(): Set<number> {
    const free = new Set<number>()
    let trunk = this.read(1)?.readUInt32BE(32) ?? 0
    while (trunk > 0 && trunk <= this.count && !free.has(trunk)) {
      free.add(trunk)
      const page = this.read(trunk)
      if (page === undefined) break
      const leaves = Math.min(page.readUInt32BE(4), this.pageBytes / 4 - 2)
      for (let leaf = 0; leaf < leaves; leaf += 1) free.add(page.readUInt32BE(8 + 4 * leaf))
      trunk = page.readUInt32BE(0)
    }
    return free
  }

  /** Writes the pages of the log to their places in a copy of the file. */
  foldInto(path: string): void {
    const file = openSync(path, 'r+')
    try {
      for (const number of this.#frames.keys()) {
        const page = this.read(number)
        if (page !== undefined) writeSync(file, page, 0, page.length, (number - 1) * this.pageBytes)
      }
    } finally {
      closeSync(file)
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#file)
    if (this.#log !== undefined) closeSync(this.#log)
  }
}

function readAt(file: number, at: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes)
  return buffer.subarray(0, readSync(file, buffer, 0, bytes, at))
}

function pageSizeOf(header: Buffer): number {
  const said = header.length < 18 ? 0 : header.readUInt16BE(16)
  const isPossible = said >= 512 && said <= 32_768 && (said & (said - 1)) === 0
  return isPossible ? said : DEFAULT_PAGE_BYTES
}

/** Pages of every transaction that was committed; what comes after the last commit never happened. */
function committedFrames(log: number, pageBytes: number): Map<number, number> {
  const header = readAt(log, 0, WAL_HEADER_BYTES)
  const frames = new Map<number, number>()
  if (header.length < WAL_HEADER_BYTES) return frames
  const isBig = (header.readUInt32BE(0) & 1) === 1
  const pending = new Map<number, number>()
  const step = FRAME_HEADER_BYTES + pageBytes
  let before: readonly [number, number] = [header.readUInt32BE(24), header.readUInt32BE(28)]
  for (let at = WAL_HEADER_BYTES; ; at += step) {
    const frame = readAt(log, at, step)
    if (frame.length < step) return frames
    const own: readonly [number, number] = [frame.readUInt32BE(16), frame.readUInt32BE(20)]
    if (!frame.subarray(8, 16).equals(header.subarray(16, 24))) {
      // Of an earlier round of the log, or damaged; one that fits may still follow.
      before = own
      continue
    }
    if (isSound(frame, before, isBig)) pending.set(frame.readUInt32BE(0), at + FRAME_HEADER_BYTES)
    before = own
    if (frame.readUInt32BE(4) === 0) continue
    for (const [page, place] of pending) frames.set(page, place)
    pending.clear()
  }
}

/** The checksum covers the first eight bytes of a frame and its page, on top of the one before. */
function isSound(frame: Buffer, before: readonly [number, number], isBig: boolean): boolean {
  let [one, two] = before
  const add = (at: number): void => {
    const read = (offset: number): number =>
      isBig ? frame.readUInt32BE(offset) : frame.readUInt32LE(offset)
    one = (one + read(at) + two) >>> 0
    two = (two + read(at + 4) + one) >>> 0
  }
  add(0)
  for (let at = FRAME_HEADER_BYTES; at < frame.length; at += 8) add(at)
  return one === frame.readUInt32BE(16) && two === frame.readUInt32BE(20)
}
