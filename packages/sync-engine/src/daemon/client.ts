import { randomBytes } from 'node:crypto'
import { asObject, asString, parseObject, type JsonObject } from '../base/json.ts'
import type { OwnerRecord } from '../context/owner.ts'
import { isSigned, sign } from './proof.ts'

/** Who answers at the address of an owner record. */
export type DaemonAnswer =
  /** It knows the token of the record: it is the daemon that wrote it. */
  | { readonly kind: 'proven'; readonly health: JsonObject }
  /** Something answers that does not know the token. */
  | { readonly kind: 'stranger' }
  | { readonly kind: 'silent' }

const TIMEOUT_MS = 1_500

/** Asks the daemon of a record for its health and makes it prove that the record is its own. */
export async function askDaemon(owner: Pick<OwnerRecord, 'port' | 'token'>): Promise<DaemonAnswer> {
  const nonce = randomBytes(16).toString('hex')
  const health = await call(owner.port, 'GET', `/api/health?nonce=${nonce}`, {})
  if (health === undefined) return { kind: 'silent' }
  const proof = asString(health['proof']) ?? ''
  return isSigned(owner.token, 'health', nonce, proof)
    ? { kind: 'proven', health }
    : { kind: 'stranger' }
}

/** Whether a daemon says that it cannot write its heartbeat and its log. */
export function saysDiskFull(answer: DaemonAnswer): boolean {
  return answer.kind === 'proven' && asObject(answer.health['sync'])?.['disk_full'] === true
}

/** Gives an order to the daemon of a record; false if it was not accepted. */
export async function orderDaemon(
  owner: Pick<OwnerRecord, 'port' | 'token'>,
  purpose: 'shutdown' | 'trigger',
): Promise<boolean> {
  const path = purpose === 'shutdown' ? '/api/shutdown' : '/api/sync/trigger'
  const challenge = await call(owner.port, 'GET', '/api/challenge', {})
  const nonce = asString(challenge?.['nonce'])
  if (nonce === undefined) return false
  const headers = {
    'x-spec-kitty-nonce': nonce,
    'x-spec-kitty-proof': sign(owner.token, purpose, nonce),
  }
  const answer = await call(owner.port, 'POST', path, headers)
  return answer?.['status'] === 'accepted'
}

function call(
  port: number,
  method: 'GET' | 'POST',
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<JsonObject | undefined> {
  return new Promise((resolve) => {
    const options = {
      host: '127.0.0.1',
      port,
      method,
      path,
      headers,
      timeout: TIMEOUT_MS,
      agent: false,
    }
    // Loaded when somebody is asked: it takes a third of the time in which a command starts.
    const { request } = process.getBuiltinModule('node:http')
    const asking = request(options, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve(parseObject(Buffer.concat(chunks).toString('utf8'))))
      response.on('error', () => resolve(undefined))
    })
    asking.on('timeout', () => asking.destroy())
    asking.on('error', () => resolve(undefined))
    asking.end()
  })
}
