import postgres from 'postgres'
import { as } from '../../../fixtures/hub/cluster.ts'
import { withHubs } from '../hub.ts'
import { timed, type BenchRow } from '../row.ts'

const EVENTS = 1_000_000

export const row: BenchRow = {
  name: 'hub: reading 1 M events by cursor over HTTP, compared with raw COPY … TO STDOUT in Node',
  unit: 'of its speed',
  bar: { atLeast: 0.3 },
  measure: () =>
    withHubs(1, async ({ database, hubs, token }) => {
      await fill(database)
      const copy = await timed(() => copyAll(database))
      const read = await timed(() => readAll(hubs[0]?.url ?? '', token))
      return copy / read
    }),
}

function fill(database: string): Promise<unknown> {
  return as(database, (sql) =>
    sql.unsafe(`INSERT INTO hub.event (tenant_id, generation, tx, idx, received_at, event_id,
        event_type, project_uuid, size_bytes, body)
      SELECT 1, 1, pg_current_xact_id(), n, now(), gen_random_uuid(), 'T', gen_random_uuid(), 1000,
        '{"event_id":"' || n || '","payload":"' || repeat('a status line ', 68) || '"}'
      FROM generate_series(1, ${EVENTS}) n; ANALYZE hub.event`),
  )
}

async function copyAll(database: string): Promise<void> {
  const sql = postgres(database, { max: 1 })
  const stream = await sql`COPY (SELECT body FROM hub.event) TO STDOUT`.readable()
  let bytes = 0
  for await (const chunk of stream) bytes += (chunk as Buffer).length
  await sql.end()
  if (bytes < EVENTS * 900) throw new Error('the copy is not complete')
}

async function readAll(url: string, token: string): Promise<void> {
  let count = 0
  for (let after = '0', more = true; more;) {
    const response = await fetch(`${url}/api/v1/events?after=${after}&limit=5000`, {
      headers: { authorization: `Bearer ${token}`, accept: 'application/x-ndjson' },
    })
    const body = Buffer.from(await response.arrayBuffer())
    for (let at = body.indexOf(10); at >= 0; at = body.indexOf(10, at + 1)) count += 1
    after = response.headers.get('x-next-cursor') ?? after
    more = response.headers.get('x-has-more') === 'true'
  }
  if (count !== EVENTS) throw new Error(`${count} events were read`)
}
