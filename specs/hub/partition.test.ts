import { expect } from 'vitest'
import { anEvent } from '../../fixtures/engine/events.ts'
import { get, post, readAll, type Reply } from '../../fixtures/hub/client.ts'
import { startCluster, whyNoCluster } from '../../fixtures/hub/cluster.ts'
import { hubProcess, tokenFor } from '../../fixtures/hub/hub.ts'
import { islandBefore, type Island } from '../../fixtures/hub/island.ts'
import { spec } from '../spec.ts'

const texts = (count: number): string[] =>
  Array.from({ length: count }, () => JSON.stringify(anEvent()))

/** A hub on an island, with a database and homes on this side of two cables. */
async function played(
  body: (world: {
    readonly island: Island
    readonly hub: { readonly url: string; readonly endpoint: string }
    readonly token: string
  }) => Promise<void>,
): Promise<string | undefined> {
  const missing = whyNoCluster()
  if (missing !== undefined) return missing
  await using cluster = await startCluster()
  const database = await cluster.createDatabase()
  const token = await tokenFor(database, 'acme')
  const found = await islandBefore(cluster.port)
  if (typeof found === 'string') return found
  await using island = found
  const address = new URL(database)
  address.host = `${island.databaseHost}:${island.databasePort}`
  const program = await hubProcess(address.href, 0, { enter: island.enter, host: island.host })
  try {
    const { url } = program
    await body({ island, hub: { url, endpoint: `${url}/api/v1/events/batch/` }, token })
  } finally {
    await program.end('SIGKILL')
  }
  return undefined
}

spec(
  ['SYNC/NFR-003', 'SYNC/FR-014'],
  'a hub that is cut off from its database says 503 and when to come back, and everything is stored once afterwards',
  async ({ skip }) => {
    const why = await played(async ({ island, hub, token }) => {
      const [before, during] = [texts(20), texts(20)]
      expect((await post(hub, token, before)).status).toBe(200)
      island.cut('database')
      const refused = await post(hub, token, during)
      expect(refused.status).toBe(503)
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
      expect((await get(hub, '', '/readyz')).status).toBe(503)
      expect((await get(hub, '', '/livez')).status).toBe(200)
      island.mend('database')
      await deliverUntilTaken(hub, token, [...before, ...during])
      expect((await readAll(hub, token)).length).toBe(40)
    })
    if (why !== undefined) skip(why)
  },
)

spec(
  ['SYNC/NFR-003', 'SYNC/FR-014'],
  'homes that are cut off from the hub in the middle of a batch send it again, and it is stored once',
  async ({ skip }) => {
    const why = await played(async ({ island, hub, token }) => {
      const batches = Array.from({ length: 8 }, () => texts(50))
      const sent = batches.map((batch) => post(hub, token, batch).catch(() => undefined))
      island.cut('homes')
      setTimeout(() => island.mend('homes'), 3_000)
      await Promise.all(sent)
      for (const batch of batches) await deliverUntilTaken(hub, token, batch)
      expect((await readAll(hub, token)).length).toBe(400)
    })
    if (why !== undefined) skip(why)
  },
)

/** As a home does: the same events again until each has an answer. */
async function deliverUntilTaken(
  hub: { readonly endpoint: string },
  token: string,
  batch: readonly string[],
): Promise<void> {
  for (;;) {
    const reply: Reply | undefined = await post(hub, token, batch).catch(() => undefined)
    if (reply?.status !== 200) continue
    for (const { status } of reply.results) expect(['success', 'duplicate']).toContain(status)
    return
  }
}
