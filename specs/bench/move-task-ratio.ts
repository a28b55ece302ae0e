import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { layLogin } from '../../fixtures/cli/login.ts'
import { temporaryHome } from '../../fixtures/engine/home.ts'
import { startWatchingServer, type WatchingServer } from '../../fixtures/engine/watching-server.ts'
import { setConfig } from '../../packages/sync-engine/src/home/config-file.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import { openJournal } from '../../packages/sync-engine/src/journal/journal.ts'
import { kilobyteEvents } from './events.ts'
import { installedProgram } from './installed.ts'
import { speedRatio } from './row.ts'

const UNDELIVERED = 100_000
const ROUNDS = 21

/** How much longer a move takes in a home in trouble than in an empty one; 1 is as fast. */
export async function moveTaskRatio(): Promise<number> {
  using folder = temporaryHome()
  await using server = await startWatchingServer(0)
  const program = await installedProgram()
  const calm = new MovingHome(program, join(folder.home, 'calm'), {
    SPEC_KITTY_ENABLE_SAAS_SYNC: '0',
  })
  const troubled = new MovingHome(program, join(folder.home, 'troubled'), {
    SPEC_KITTY_ENABLE_SAAS_SYNC: '1',
  })
  await makeTrouble(troubled, server)
  try {
    const move =
      (home: MovingHome) =>
      (round: number): void => {
        home.move(round)
      }
    return 1 / (await speedRatio(ROUNDS, move(troubled), move(calm)))
  } finally {
    if (server.waiting() === 0) throw new Error('the drain was over before the measure was')
    server.release()
    troubled.run('sync', 'daemon', 'stop')
  }
}

/** The daemon posts a batch that is never answered; meanwhile the login ends. */
async function makeTrouble(troubled: MovingHome, server: WatchingServer): Promise<void> {
  const { home } = troubled
  setConfig(join(home, 'config.toml'), 'sync', 'server_url', server.url)
  layLogin(home, server.url)
  const journal = openJournal({ home, synchronous: 'NORMAL' })
  for (let done = 0; done < UNDELIVERED; done += 1_000) capture(journal, kilobyteEvents(1_000))
  journal.close()
  server.hold()
  troubled.run('sync', 'daemon', 'start')
  const until = Date.now() + 30_000
  while (server.waiting() === 0) {
    if (Date.now() > until) throw new Error('the daemon does not drain')
    await sleep(50)
  }
  layLogin(home, server.url, 'expired')
}

class MovingHome {
  readonly home: string
  readonly #program: string
  readonly #project: string
  readonly #env: Readonly<Record<string, string>>

  constructor(program: string, folder: string, env: Readonly<Record<string, string>>) {
    this.home = join(folder, 'home')
    this.#program = program
    this.#project = join(folder, 'project')
    mkdirSync(this.home, { recursive: true, mode: 0o700 })
    mkdirSync(this.#project)
    this.#env = {
      ...env,
      HOME: folder,
      SPEC_KITTY_HOME: this.home,
      PATH: process.env['PATH'] ?? '',
    }
    this.run('agent', 'mission', 'create', 'demo')
  }

  move(round: number): void {
    const lane = round % 2 === 0 ? 'in_progress' : 'for_review'
    this.run('agent', 'tasks', 'move-task', 'WP01', '--to', lane, '--force', '--note', 'bench')
  }

  run(...words: readonly string[]): void {
    const options = { cwd: this.#project, env: this.#env }
    const { status, stderr } = spawnSync(process.execPath, [this.#program, ...words], options)
    if (status !== 0) throw new Error(`${words.join(' ')}: ${stderr.toString()}`)
  }
}
