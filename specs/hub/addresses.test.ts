import { afterAll, beforeAll, describe, expect } from 'vitest'
import { anEvent } from '../../fixtures/engine/events.ts'
import { makeCertificates, type Certificates } from '../../fixtures/hub/certificates.ts'
import { post } from '../../fixtures/hub/client.ts'
import {
  as,
  freePort,
  startCluster,
  whyNoCluster,
  type Cluster,
} from '../../fixtures/hub/cluster.ts'
import { hubOn, tokenFor } from '../../fixtures/hub/hub.ts'
import { startPooler, whyNoPooler } from '../../fixtures/hub/pooler.ts'
import { readAddress } from '../../packages/hub/src/database/address.ts'
import { main } from '../../packages/hub/src/main.ts'
import { spec } from '../spec.ts'

const missing = whyNoCluster()

async function tenantList(address: string): Promise<{ code: number; said: string }> {
  let said = ''
  const io = {
    out: (more: string) => void (said += more),
    err: (more: string) => void (said += more),
  }
  return { code: await main(['tenant', 'list', '--database', address], io), said }
}

describe.skipIf(missing !== undefined)(`addresses of PostgreSQL ${missing ?? ''}`, () => {
  let cluster: Cluster
  let plain: string

  beforeAll(async () => {
    cluster = await startCluster()
    plain = await cluster.createDatabase()
  })
  afterAll(() => cluster[Symbol.asyncDispose]())

  const SETTINGS =
    'statement_timeout,idle_in_transaction_session_timeout,default_transaction_isolation,lock_timeout,hub.settings,hub.sequences'

  for (const mode of ['session', 'transaction'] as const)
    for (const ignored of ['', SETTINGS])
      spec(
        ['SYNC/FR-014', 'SYNC/FR-018'],
        `a pooler of each ${mode} that ${ignored === '' ? 'refuses' : 'ignores'} the hub's settings is said to be one`,
        async ({ skip }) => {
          const why = whyNoPooler()
          if (why !== undefined) return skip(why)
          await using pooler = await startPooler(cluster.port, await freePort(), mode, ignored)
          const { code, said } = await tenantList(pooler.through(plain))
          expect([code, said]).toEqual([69, expect.stringMatching(/pooler such as PgBouncer/)])
          expect(said).toContain('--connections')
          await expect(hubOn(pooler.through(plain))).rejects.toMatchObject({
            code: 'pooler-between',
          })
        },
      )

  spec(
    ['SYNC/FR-014', 'SYNC/C-002'],
    'a server without TLS gets nothing where TLS is wanted',
    async () => {
      for (const mode of ['require', 'verify-ca', 'verify-full']) {
        const { code, said } = await tenantList(`${plain}?sslmode=${mode}`)
        expect([mode, code, said]).toEqual([mode, 69, expect.stringMatching(/database/)])
      }
    },
  )

  spec('SYNC/FR-014', 'a socket of the same machine is an address, too', async () => {
    const [row] = await as(plain, (sql) => sql.unsafe('SHOW unix_socket_directories'))
    const folder = encodeURIComponent(String(row!['unix_socket_directories']))
    const { pathname } = new URL(plain)
    const address = `postgres://postgres@localhost:${cluster.port}${pathname}?host=${folder}`
    const { code, said } = await tenantList(address)
    expect([code, said]).toEqual([0, expect.stringContaining('TENANT')])
  })

  spec('SYNC/FR-014', 'of several hosts the one that takes writes is used', async () => {
    await using replica = await startCluster()
    const other = new URL(await replica.createDatabase())
    const name = new URL(plain).pathname
    await replica.stop()
    const away = `127.0.0.1:${other.port}`
    const both = (first: string, second: string): string =>
      `postgres://postgres@${first},${second}${name}`
    const here = `127.0.0.1:${cluster.port}`
    for (const address of [both(here, away), both(away, here)]) {
      const { code, said } = await tenantList(address)
      expect([address, code, said]).toEqual([address, 0, expect.stringContaining('TENANT')])
    }
    const token = await tokenFor(both(away, here), 'several')
    await using hub = await hubOn(both(away, here))
    for (let round = 0; round < 3; round += 1) {
      while ((await post(hub, token, [JSON.stringify(anEvent())])).status !== 200);
      await cluster.cutConnections()
    }
  })

  describe('with TLS', () => {
    let certificates: Certificates
    let named: string

    beforeAll(async () => {
      certificates = makeCertificates('IP:127.0.0.1')
      await cluster.encrypt(certificates.certificate, certificates.key)
      named = plain.replace('127.0.0.1', 'localhost')
    })
    afterAll(() => certificates[Symbol.dispose]())

    spec(
      ['SYNC/FR-014', 'SYNC/C-002'],
      'each sslmode does what it does elsewhere, with an authority of its own',
      async () => {
        const root = `&sslrootcert=${encodeURIComponent(certificates.authority)}`
        const other = `&sslrootcert=${encodeURIComponent(certificates.otherAuthority)}`
        const cases: [string, number, RegExp][] = [
          [`${plain}?sslmode=disable`, 0, /TENANT/],
          [`${plain}?sslmode=prefer`, 0, /TENANT/],
          [`${plain}?sslmode=require`, 0, /TENANT/],
          [`${plain}?sslmode=require${root}`, 0, /TENANT/],
          [`${plain}?sslmode=require${other}`, 69, /certificate/],
          [`${plain}?sslmode=verify-ca${root}`, 0, /TENANT/],
          [`${named}?sslmode=verify-ca${root}`, 0, /TENANT/],
          [`${plain}?sslmode=verify-ca${other}`, 69, /certificate/],
          [`${plain}?sslmode=verify-full${root}`, 0, /TENANT/],
          [`${named}?sslmode=verify-full${root}`, 69, /localhost/],
          [`${plain}?sslmode=verify-full`, 69, /certificate/],
          [`${plain}?sslmode=verify_full`, 64, /sslmode must be one of/],
          [`${plain}?sslmode=require&sslrootcert=/nowhere`, 64, /sslrootcert cannot be read/],
          [`${plain}?sslrootcert=/nowhere`, 64, /need an sslmode/],
        ]
        for (const [address, wanted, words] of cases) {
          const { code, said } = await tenantList(address)
          expect([address, code, said]).toEqual([address, wanted, expect.stringMatching(words)])
        }
      },
    )
  })
})

spec('SYNC/FR-014', 'an address is read or refused, and never shown with its password', () => {
  const shown = (address: string): string => readAddress(address).where
  expect(shown('postgres://u:sEcrEt@h/x')).toBe('postgres://h/x')
  expect(shown('postgresql://u:sEcrEt@h1:1,h2/x?sslmode=require')).toBe('postgresql://h1:1,h2/x')
  expect(shown('postgres://u:s%40E@[::1]:5/x')).toBe('postgres://[::1]:5/x')
  expect(shown('postgres:///x?host=/run/p')).toBe('postgres:///run/p/x')
  for (const address of [
    'postgres://u:sEcrEt@h1,,h2/x',
    'postgres://u:sEcrEt@h1:x,h2/x',
    'postgres://u:sEcrEt@h1:99999,h2/x',
    'postgres://u:sEcrEt@[::1],[::2]/x',
    'postgres://u:sEcrEt@h1,h2/x?target_session_attrs=standby',
    'mysql://u:sEcrEt@h/x',
    'u:sEcrEt@h/x',
    '',
  ])
    expect(() => shown(address), address).toThrow(
      expect.objectContaining({
        code: 'command-line',
        message: expect.not.stringContaining('sEcrEt') as string,
      }),
    )
})
