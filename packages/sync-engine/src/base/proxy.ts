import { BlockList, isIP } from 'node:net'

type Environment = Readonly<Record<string, string | undefined>>

const OF_HTTP = ['http_proxy', 'HTTP_PROXY'] as const
const OF_HTTPS = ['https_proxy', 'HTTPS_PROXY'] as const
const OF_ALL = ['all_proxy', 'ALL_PROXY'] as const

/**
 * The proxy through which an address is asked, or undefined if it is asked directly. A variable in small letters
 * counts before the same in capital ones, as with curl; `ALL_PROXY` is for what no other one names.
 * @throws {Error} where a variable names no proxy; not what it holds, which may be a password
 */
export function proxyFor(url: string, env: Environment = process.env): string | undefined {
  for (const name of [...OF_HTTP, ...OF_HTTPS, ...OF_ALL]) refuseUnusable(name, env[name] ?? '')
  const { protocol, hostname, port } = new URL(url)
  const order = protocol === 'https:' ? [OF_HTTPS, OF_HTTP, OF_ALL] : ([OF_HTTP, OF_ALL] as const)
  const proxy = order.map(([small, large]) => env[small] ?? env[large] ?? '').find(Boolean)
  if (proxy === undefined) return undefined
  const excepted = env['no_proxy'] ?? env['NO_PROXY'] ?? ''
  const asked = { host: bareHost(hostname), port: port || (protocol === 'https:' ? '443' : '80') }
  return excepted.split(/[,\s]+/).some((entry) => isExcepted(asked, entry)) ? undefined : proxy
}

function refuseUnusable(name: string, value: string): void {
  const { protocol } = URL.parse(value) ?? {}
  if (value !== '' && !/^(https?|socks5?):$/.test(protocol ?? ''))
    throw new Error(`the variable ${name} names no proxy: it must begin with http:// or https://`)
}

/** Without the brackets of an IPv6 address and the dot of a full name. */
function bareHost(host: string): string {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  return bare.length > 1 ? bare.replace(/\.$/, '') : bare
}

interface Asked {
  readonly host: string
  readonly port: string
}

/**
 * Whether an entry of `NO_PROXY` means this address: a name with all below it, `.example.org` the same,
 * `*.example.org` what is below it, `10.*`, an address, a block of addresses (`10.0.0.0/8`), `*`; each with a
 * port or for all of them.
 */
function isExcepted({ host, port }: Asked, entry: string): boolean {
  const [, name = '', named] = /^(\[.*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(entry) ?? []
  const bare = bareHost(isIP(entry) === 6 ? entry : name)
  if (bare === '' || (named !== undefined && isIP(entry) !== 6 && named !== port)) return false
  if (bare === '*') return true
  if (isIP(host) !== 0 && /^[\da-f.:]+(\/\d+)?$/.test(bare)) return isInBlock(host, bare)
  if (bare.includes('*')) return asPattern(bare).test(host)
  const suffix = bare.replace(/^\./, '')
  return host === suffix || host.endsWith(`.${suffix}`)
}

function asPattern(entry: string): RegExp {
  const literal = entry.replaceAll(/[\\^$.|?+()[\]{}]/g, String.raw`\$&`)
  return new RegExp(`^${literal.replaceAll('*', '.*')}$`)
}

/** Compares addresses and not their spellings. */
function isInBlock(host: string, block: string): boolean {
  const [address = '', bits] = block.split('/')
  const family = isIP(address)
  const width = family === 6 ? 128 : 32
  const prefix = Number(bits ?? width)
  if (family === 0 || family !== isIP(host) || prefix > width) return false
  const type = family === 6 ? 'ipv6' : 'ipv4'
  const list = new BlockList()
  list.addSubnet(address, prefix, type)
  return list.check(host, type)
}

/** Host and port of a proxy, for messages: a login in its address stays unsaid. */
export function proxyName(proxy: string): string {
  return URL.parse(proxy)?.host ?? 'that the environment names'
}

/** What a proxy answered in place of the server, in words; undefined if it was not the proxy. */
export function proxyAnswer(cause: unknown): string | undefined {
  const message = cause instanceof Error ? cause.message : ''
  const status = /^Proxy response \((\d{3})\)/.exec(message)?.[1]
  if (status === '407' || message.startsWith('Proxy Authentication Required'))
    return 'it asks for a login (407); put one into the variable: http://user:password@host'
  return status === undefined ? undefined : `it answered ${status}`
}
