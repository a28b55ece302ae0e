import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect } from 'vitest'
import { cliWorld } from '../../fixtures/cli/world.ts'
import { spec } from '../spec.ts'

/** A listening socket that counts who knocks. */
class Door implements AsyncDisposable {
  readonly #server: Server
  knocks = 0

  private constructor() {
    this.#server = createServer((socket) => {
      this.knocks += 1
      socket.destroy()
    })
  }

  static async open(): Promise<Door> {
    const door = new Door()
    door.#server.listen(0, '127.0.0.1')
    await once(door.#server, 'listening')
    return door
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    await once(this.#server, 'close')
  }
}

/** Every command that needs the one target. */
const SURFACES = ['sync now', 'sync daemon start', 'sync server', 'auth login --headless'] as const

for (const line of SURFACES)
  spec(
    ['SYNC/SC-008', 'SYNC/T012', 'SYNC/T011', 'SYNC/C-007'],
    `"${line}" refuses a disagreement about the server before it opens a socket or a file`,
    async () => {
      await using world = cliWorld()
      await using configured = await Door.open()
      await using named = await Door.open()
      mkdirSync(world.home, { mode: 0o700 })
      writeFileSync(join(world.home, 'config.toml'), `[sync]\nserver_url = "${configured.url}"\n`)
      const refused = await world.run(line, { SPEC_KITTY_SAAS_URL: named.url })
      expect(refused.code).toBe(2)
      for (const word of [configured.url, named.url, 'unset SPEC_KITTY_SAAS_URL'])
        expect(refused.err).toContain(word)
      expect([configured.knocks, named.knocks]).toEqual([0, 0])
      expect(readdirSync(world.home, { recursive: true })).toEqual(['config.toml'])
    },
  )
