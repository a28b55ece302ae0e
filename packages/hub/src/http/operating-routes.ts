import { PROBLEM_NAMES, Problem } from '../base/problem.ts'
import { send, sendJson, type Call } from './call.ts'
import { page, PAGE_POLICY } from '../page/page.ts'

/** `GET /livez`: the process answers. */
export function getLive(call: Call): void {
  sendJson(call, { status: 'ok' })
}

/** Fails as a write would, where the server is a replica or was made read-only, and stores nothing. */
const WRITABLE = `DO $$ BEGIN
  IF current_setting('transaction_read_only')::boolean THEN
    RAISE EXCEPTION 'the database takes no writes' USING ERRCODE = 'read_only_sql_transaction';
  END IF; END $$`

/** `GET /readyz`: the database answers too, and takes writes. @throws {Problem} `database-away` */
export async function getReady(call: Call): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(databaseAway()), 3_000)
  try {
    await Promise.race([call.hub.database.lookUp(WRITABLE), promise])
  } finally {
    clearTimeout(timer)
  }
  sendJson(call, { status: 'ready' })
}

export function databaseAway(): Problem {
  return new Problem('database-away', {
    detail: 'the database cannot be reached at the moment',
    next: 'send it again later; whatever was not answered with 200 is sent again without harm',
    retryAfterSeconds: 2,
  })
}

/** `GET /metrics`: Prometheus text. */
export function getMetrics(call: Call): void {
  send(call, call.hub.metrics.text(), { type: 'text/plain; version=0.0.4; charset=utf-8' })
}

/** `GET /`: the page for people; it asks for a token and then for the overview. */
export function getPage(call: Call): void {
  send(call, page(), {
    type: 'text/html; charset=utf-8',
    headers: { 'content-security-policy': PAGE_POLICY, 'referrer-policy': 'no-referrer' },
  })
}

/** `GET /problems/<name>`: what the `type` of an error document means. */
export function getProblem(call: Call): void {
  const name = PROBLEM_NAMES.find((one) => one === call.params[0])
  if (name === undefined)
    throw new Problem('not-found', { detail: 'there is no such problem', next: 'see docs/hub.md' })
  const { document } = new Problem(name, { detail: '', next: '' })
  sendJson(call, { type: document['type'], title: document['title'], status: document['status'] })
}
