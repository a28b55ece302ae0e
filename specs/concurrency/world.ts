import { agreeToFixtures } from '../../fixtures/engine/consent.ts'
import { cliWorld, type CliWorld } from '../../fixtures/cli/world.ts'
import { layLogin } from '../../fixtures/cli/login.ts'
import { startWatchingServer, type WatchingServer } from '../../fixtures/engine/watching-server.ts'
import { someEvents } from '../../fixtures/engine/events.ts'
import { join } from 'node:path'
import { setConfig } from '../../packages/sync-engine/src/home/config-file.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import { openJournal, readJournal } from '../../packages/sync-engine/src/journal/journal.ts'
import { recount } from '../../packages/sync-engine/src/delivery/recount.ts'

export interface WatchedWorld extends CliWorld {
  readonly server: WatchingServer
}

/** A home that is logged in at a watching server, with so many events waiting. */
export async function watchedWorld(events: number, delayMs = 20): Promise<WatchedWorld> {
  const server = await startWatchingServer(delayMs)
  const world = cliWorld()
  moveTo(world.home, server)
  captureInto(world.home, events)
  const close = async (): Promise<void> => {
    server.release()
    await world.call('sync daemon stop')
    await server[Symbol.asyncDispose]()
    await world.close()
  }
  return { ...world, server, close, [Symbol.asyncDispose]: close }
}

/** Points the home to a server, with a login there. */
export function moveTo(home: string, server: WatchingServer): void {
  setConfig(join(home, 'config.toml'), 'sync', 'server_url', server.url)
  layLogin(home, server.url)
}

export function captureInto(home: string, events: number): void {
  const journal = openJournal({ home })
  capture(journal, someEvents(events))
  agreeToFixtures(journal)
  journal.close()
}

/** Counters of the home that do not agree with its rows. */
export function miscounts(home: string): unknown[] {
  const journal = readJournal({ home })
  try {
    return recount(journal)
  } finally {
    journal.close()
  }
}
