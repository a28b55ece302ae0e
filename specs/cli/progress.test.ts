import Database from 'better-sqlite3'
import { execa } from 'execa'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect } from 'vitest'
import { loggedInWorld, PROGRAM, words, type LoggedInWorld } from '../../fixtures/cli/world.ts'
import { anEvent } from '../../fixtures/engine/events.ts'
import { spec } from '../spec.ts'

const SCRIPT = '/usr/bin/script'
const HAS_TERMINALS = existsSync(SCRIPT)

let shared: Promise<LoggedInWorld> | undefined
afterAll(async () => (await shared)?.close())

/** A world with a delivered event and one that waits. */
function filledWorld(): Promise<LoggedInWorld> {
  shared ??= (async () => {
    const world = await loggedInWorld({ firstAnswer: 'success' })
    await world.call('agent mission create demo')
    await world.call('sync now')
    const lines = Array.from({ length: 3 }, () => `${JSON.stringify(anEvent())}\n`)
    writeFileSync(join(world.folder, 'in.jsonl'), lines.join(''))
    return world
  })()
  return shared
}

interface Shown {
  readonly code: number
  /** All that the terminal got, controls included. */
  readonly screen: string
}

/** A terminal and a command on it. @param more of a shell: where its standard output goes */
function onTerminal(world: LoggedInWorld, line: string, more = '') {
  const program = [process.execPath, PROGRAM, ...words(line)].map((word) => `'${word}'`).join(' ')
  return execa(SCRIPT, ['-qfec', `${program} ${more}`, '/dev/null'], {
    cwd: world.project,
    env: world.env,
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
  })
}

/** The journal, which no other process can look into until it is closed. */
function keptFromOthers({ home }: LoggedInWorld): Database.Database {
  const db = new Database(join(home, 'event_journal', 'journal.db'))
  db.pragma('locking_mode = EXCLUSIVE')
  db.exec('BEGIN EXCLUSIVE')
  return db
}

/** Keeps every other process out of the journal until the terminal shows what is waited for. */
async function whileHeld(
  world: LoggedInWorld,
  begin: () => ReturnType<typeof onTerminal>,
  until: RegExp,
): Promise<Shown> {
  const db = keptFromOthers(world)
  const running = begin()
  let screen = ''
  running.stdout.on('data', (part: Buffer) => {
    screen += part.toString()
    if (db.open && until.test(screen)) db.close()
  })
  const { exitCode } = await running
  if (db.open) db.close()
  return { code: exitCode ?? -1, screen }
}

/** Each of them may take minutes on a journal of millions. */
const LONG = [
  'sync gc',
  'sync archive',
  'sync export copy.jsonl',
  'sync backup copy.db',
  'sync migrate',
  'sync now',
  'sync status --check',
  'doctor journal',
  'doctor journal --repair',
]

for (const line of LONG)
  spec(
    'SYNC/T077',
    `${line} says on a terminal what it is at, and takes that away`,
    async (context) => {
      if (!HAS_TERMINALS) return context.skip('script(1) makes the one it needs: a terminal')
      const world = await filledWorld()
      const { screen } = await whileHeld(world, () => onTerminal(world, line), /, \d+ s/)
      const drawn = [...screen.matchAll(/\r\u001b\[K[a-z0-9][a-z -]*, \d+ s/g)].at(-1)
      expect(drawn, screen).toBeDefined()
      expect(screen.slice((drawn?.index ?? 0) + 1)).toMatch(/\r\u001b\[K(?!.*, \d+ s)/s)
    },
  )

spec(
  'SYNC/T077',
  'a script gets its JSON alone, on a terminal and on a pipe, and a quick command draws nothing',
  async (context) => {
    if (!HAS_TERMINALS) return context.skip('script(1) makes the one it needs: a terminal')
    const world = await filledWorld()
    const file = join(world.folder, 'out')
    const watched = await whileHeld(
      world,
      () => onTerminal(world, 'sync gc --dry-run --json', `> '${file}'`),
      /, \d+ s/,
    )
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ ok: true })
    expect(watched.screen).toMatch(/^(\r\u001b\[Ksync gc, \d+ s)+\r\u001b\[K$/)
    const db = keptFromOthers(world)
    const piped = world.run('sync gc --dry-run --json')
    await new Promise((resolve) => setTimeout(resolve, 3_500))
    db.close()
    const { err, json } = await piped
    expect([err, json['ok']]).toEqual(['', true])
    const quick = await onTerminal(world, 'sync gc --dry-run', '> /dev/null')
    expect([quick.exitCode, quick.stdout]).toEqual([0, ''])
  },
)

spec('SYNC/T077', 'what is done is counted', async (context) => {
  if (!HAS_TERMINALS) return context.skip('script(1) makes the one it needs: a terminal')
  const world = await filledWorld()
  // It has read the file before it comes to the journal.
  const { screen } = await whileHeld(
    world,
    () => onTerminal(world, `sync import ${join(world.folder, 'in.jsonl')}`),
    /\r\u001b\[K3 lines read, \d+ s/,
  )
  expect(screen).toContain('3 lines read, ')
  expect(screen).toContain('3 imported')
})
