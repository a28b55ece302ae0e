import { closeSync, cpSync, fsyncSync, mkdirSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryHome } from '../../fixtures/engine/home.ts'
import {
  openCommandContext,
  type CommandContext,
} from '../../packages/sync-engine/src/context/command-context.ts'
import { queuePath, writeFieldQueue } from './field-queues.ts'

export const DATABASES = 5
export const ROWS = 100_000

/** Five databases of the field with a hundred thousand events between them, and copies to move. */
export interface MigrationSource extends Disposable {
  /** A home with untouched copies; an earlier home of that name is gone. */
  readonly freshHome: (name: string) => string
}

export function migrationSource(): MigrationSource {
  const folder = temporaryHome()
  const original = join(folder.home, 'original')
  for (let number = 0; number < DATABASES; number += 1)
    writeFieldQueue(original, { number, rows: ROWS / DATABASES, firstId: number * ROWS })
  return {
    freshHome: (name) => {
      const home = join(folder.home, name)
      rmSync(home, { recursive: true, force: true })
      mkdirSync(home, { mode: 0o700 })
      cpSync(original, home, { recursive: true })
      for (const path of queuePaths(home)) flush(path)
      return home
    },
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  }
}

/** A copy that the disk has not seen yet would be paid for by the first program that syncs the file. */
function flush(path: string): void {
  const file = openSync(path, 'r+')
  fsyncSync(file)
  closeSync(file)
}

export function queuePaths(home: string): string[] {
  return Array.from({ length: DATABASES }, (_, number) => queuePath(home, number))
}

export function foregroundAt(home: string): CommandContext {
  const env = { SPEC_KITTY_HOME: home }
  return openCommandContext({ env, version: '0', program: process.execPath, now: Date.now() })
}
