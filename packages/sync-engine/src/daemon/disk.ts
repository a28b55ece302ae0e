import { statfsSync } from 'node:fs'
import { describeCause } from '../base/describe-cause.ts'

/** With less than this a new file fails, although a few more bytes fit into the last page of an old one. */
const LEAST_BYTES = 64 * 1024

/** What a daemon does when it cannot write about itself, and when there is space again. */
export interface DiskEvents {
  /** @param why a whole sentence */
  readonly unwritable: (why: string) => void
  readonly free: () => void
}

/**
 * The disk below a daemon's home. A daemon that cannot write a line about itself still delivers, and
 * delivery is what frees space: it says so in its health, and in its log once there is room again.
 */
export class Disk {
  readonly #folder: string
  readonly #events: DiskEvents
  #isFull = false

  constructor(folder: string, events: DiskEvents) {
    this.#folder = folder
    this.#events = events
  }

  get isFull(): boolean {
    return this.#isFull
  }

  /** Writes something that a daemon can do without: whatever the system says, it goes on delivering. */
  surviving(write: () => void): void {
    try {
      write()
    } catch (cause) {
      if (!(cause instanceof Error && 'syscall' in cause)) throw cause
      if ('code' in cause && cause.code === 'ENOSPC') this.#fill()
      else this.#events.unwritable(`the daemon cannot write about itself: ${describeCause(cause)}`)
      return
    }
    if (!this.#hasRoom()) this.#fill()
    else if (this.#isFull) {
      this.#isFull = false
      this.#events.free()
    }
  }

  #fill(): void {
    this.#isFull = true
    this.#events.unwritable('the disk is full')
  }

  #hasRoom(): boolean {
    const { bavail, bsize } = statfsSync(this.#folder)
    return bavail * bsize >= LEAST_BYTES
  }
}
