import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { checkServerIdentity, type ConnectionOptions } from 'node:tls'
import postgres from 'postgres'
import { HubError, messageOf } from '../base/errors.ts'

/** Where a database is, read as PostgreSQL's own clients read an address. */
export interface Address {
  /** For people: never holds a password. */
  readonly where: string
  /** What the driver needs to know. */
  readonly url: string
  readonly options: Readonly<
    Pick<postgres.Options<Record<string, never>>, 'host' | 'ssl' | 'target_session_attrs'>
  >
}

/** @throws {HubError} `command-line`; never with the address itself, which may hold a password */
export function readAddress(text: string): Address {
  try {
    const [hosts, one] = hostsIn(text)
    const address = new URL(one)
    const { protocol, searchParams, pathname } = address
    if (!/^postgres(?:ql)?:$/.test(protocol)) throw new Error('it must begin with postgres://')
    const socket = searchParams.get('host')
    const tls = tlsOf(searchParams, hosts)
    const attributes = searchParams.get('target_session_attrs')
    for (const name of ['host', ...TLS_PARAMETERS]) searchParams.delete(name)
    const options: Address['options'] = {
      ...(socket !== null && { host: socket }),
      ...(hosts.length > 1 && severalHosts(hosts, attributes)),
      ...(tls !== undefined && { ssl: tls }),
    }
    // Whatever the driver does not understand of it is said now; it connects with the first query.
    postgres(address.href, { max: 1, ...options })
    const places = hosts.map(({ name, port }) => `${name}${port === '' ? '' : `:${port}`}`)
    return {
      where: `${protocol}//${socket ?? places.join(',')}${pathname}`,
      url: address.href,
      options,
    }
  } catch (cause) {
    // The cause is not passed on: it would show the address, and with it the password.
    throw new HubError({
      code: 'command-line',
      what: `the database address cannot be understood: ${messageOf(cause)}`,
      where: '--database or SPEC_KITTY_HUB_DATABASE',
      next: 'write it as postgres://user:password@host:5432/name (docs/hub.md has its parameters)',
    })
  }
}

interface Host {
  readonly name: string
  readonly port: string
}

const AUTHORITY = /^([a-z]+:\/\/(?:[^/?#]*@)?)([^/?#@]*)/i

/** The hosts of an address, and the address with the first of them: no URL has several. */
function hostsIn(text: string): [readonly Host[], string] {
  const [, before = '', list = ''] = AUTHORITY.exec(text) ?? []
  const [first = '', ...more] = list.split(',')
  const one = `${before}${first}${text.slice(before.length + list.length)}`
  const hosts = [first, ...more].map((host) => {
    const { hostname, port } = new URL(`postgres://${host}`)
    return { name: hostname, port }
  })
  if (more.length > 0 && hosts.some(({ name }) => name === ''))
    throw new Error('one of its hosts has no name')
  return [hosts, one]
}

/** Of several hosts only the one that takes writes is of use: the others are its replicas. */
function severalHosts(hosts: readonly Host[], attributes: string | null): Address['options'] {
  if (attributes !== null && !['read-write', 'primary'].includes(attributes))
    throw new Error('with several hosts target_session_attrs is read-write or primary')
  if (hosts.some(({ name }) => name.startsWith('[')))
    throw new Error('several hosts have names or IPv4 addresses')
  return {
    host: hosts.map(({ name, port }) => `${name}:${port || '5432'}`).join(','),
    target_session_attrs: attributes === 'primary' ? 'primary' : 'read-write',
  }
}

const TLS_PARAMETERS = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey'] as const
const MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full']

/** The driver knows neither the files nor how an IP address is compared with a certificate. */
function tlsOf(
  parameters: URLSearchParams,
  hosts: readonly Host[],
): Address['options']['ssl'] | undefined {
  const [mode, root, certificate, key] = TLS_PARAMETERS.map((name) => parameters.get(name) ?? '')
  if (mode === undefined || mode === '') {
    if (root || certificate || key) throw new Error('its certificates need an sslmode')
    return undefined
  }
  if (!MODES.includes(mode)) throw new Error(`sslmode must be one of ${MODES.join(', ')}`)
  if (mode === 'disable') return false
  if (mode === 'allow' || mode === 'prefer') return 'prefer'
  const files = filesOf(root, certificate, key)
  if (mode === 'require' && !root) return { ...files, rejectUnauthorized: false }
  const names = hosts.map(({ name }) => name.replaceAll(/^\[|\]$/g, ''))
  return { ...files, rejectUnauthorized: true, checkServerIdentity: identity(mode, names) }
}

function filesOf(root = '', certificate = '', key = ''): ConnectionOptions {
  return {
    ...(root !== '' && root !== 'system' && { ca: contentOf('sslrootcert', root) }),
    ...(certificate !== '' && { cert: contentOf('sslcert', certificate) }),
    ...(key !== '' && { key: contentOf('sslkey', key) }),
  }
}

/** A server that is named by its IP address has no name in the handshake: it is one of those addresses. */
function identity(mode: string, hosts: readonly string[]): typeof checkServerIdentity {
  if (mode !== 'verify-full') return () => undefined
  return (name, certificate) => {
    const named = hosts.filter((host) => isIP(host) === 0)
    const wanted = named.includes(name) ? [name] : hosts.filter((host) => isIP(host) !== 0)
    const refusals = (wanted.length > 0 ? wanted : [name]).map((host) =>
      checkServerIdentity(host, certificate),
    )
    return refusals.includes(undefined) ? undefined : refusals[0]
  }
}

function contentOf(parameter: string, file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (cause) {
    throw new Error(`${parameter} cannot be read: ${messageOf(cause)}`, { cause })
  }
}
