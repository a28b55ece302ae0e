import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect } from 'vitest'
import { temporaryHome } from '../../fixtures/engine/home.ts'
import { integrityProblems, recount } from '../../packages/sync-engine/src/delivery/recount.ts'
import { readJournal } from '../../packages/sync-engine/src/journal/journal.ts'
import { readEntries } from '../../packages/sync-engine/src/journal/read.ts'
import { reservePath } from '../../packages/sync-engine/src/journal/reserve.ts'
import { spec } from '../spec.ts'

const PROCESSES = 8
const HOMES = 12
const WORKER = join(import.meta.dirname, '../../fixtures/engine/first-open-worker.ts')

/** A process that is told one home after the other, on command. */
class Opener implements Disposable {
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>

  constructor(home: string) {
    const env = { PATH: process.env['PATH'] ?? '', HOME: home, SPEC_KITTY_HOME: home }
    this.#child = spawn(process.execPath, [WORKER], { env, stdio: ['pipe', 'pipe', 'inherit'] })
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]()
  }

  open(home: string): void {
    this.#child.stdin?.write(`${home}\n`)
  }

  async says(): Promise<string> {
    const line = await this.#lines.next()
    return line.done === true ? 'failed: the process ended' : line.value
  }

  [Symbol.dispose](): void {
    this.#child.kill()
  }
}

spec(
  ['SYNC/T014', 'SYNC/FR-017', 'SYNC/C-008'],
  'eight processes that open a brand-new home and capture at the same moment: none fails, nothing is lost',
  async () => {
    using folder = temporaryHome()
    using stack = new DisposableStack()
    const openers = Array.from({ length: PROCESSES }, () => stack.use(new Opener(folder.home)))
    await Promise.all(openers.map((opener) => opener.says()))
    for (let round = 0; round < HOMES; round += 1) {
      const home = join(folder.home, `home-${round}`)
      for (const opener of openers) opener.open(home)
      const said = await Promise.all(openers.map((opener) => opener.says()))
      expect(said.filter((line) => line.startsWith('failed'))).toEqual([])
      const captured = said.flatMap((line) => line.split(' '))
      const journal = readJournal({ home })
      const stored = readEntries(journal).map(({ eventId }) => eventId)
      expect(stored.toSorted()).toEqual(captured.toSorted())
      expect([...recount(journal), ...integrityProblems(journal)]).toEqual([])
      expect(existsSync(reservePath(journal.path))).toBe(true)
      expect(statSync(journal.path).mode & 0o777).toBe(0o600)
      journal.close()
    }
  },
)
