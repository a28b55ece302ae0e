type Environment = Readonly<Record<string, string | undefined>>

/**
 * Variables by which code is loaded into a process of Node before its own, or by which another machine on
 * the way can answer in the place of GitHub, the index and the service.
 *
 * @returns the names of those that are set so
 */
export function unsafeVariables(environment: Environment): string[] {
  const given = (environment['NODE_OPTIONS'] ?? '').split(/\s+/).filter((word) => word !== '')
  const ofNode = given.every((word) => harmlessNodeOption.test(word)) ? [] : ['NODE_OPTIONS']
  const loading = Object.entries(environment).flatMap(([name, value]) =>
    loaders.test(name) && value !== undefined && !isHarmlessValue(name, value) ? [name] : [],
  )
  return [
    ...ofNode,
    ...loading.sort(),
    ...(environment[UNCHECKED_TLS] === '0' ? [UNCHECKED_TLS] : []),
  ]
}

/** What the loader, OpenSSL or a native library of the runner takes code from. */
const loaders =
  /^(?:LD_(?:PRELOAD|AUDIT)|DYLD_(?:INSERT_LIBRARIES|FRAMEWORK_PATH|LIBRARY_PATH)|OPENSSL_(?:CONF|MODULES|ENGINES)|NAPI_RS_(?:NATIVE_LIBRARY_PATH|FORCE_WASI)|ESBUILD_BINARY_PATH)$/

/** Allocators are preloaded on some machines; an OpenSSL without settings loads nothing. */
function isHarmlessValue(name: string, value: string): boolean {
  if (value.trim() === '') return true
  if (name === 'OPENSSL_CONF') return value === '/dev/null'
  const allocator = /^[\w./+-]*\blib(?:jemalloc|tcmalloc|mimalloc)[\w.-]*\.so[\d.]*$/
  return (
    name === 'LD_PRELOAD' &&
    value
      .trim()
      .split(/[\s:]+/)
      .every((one) => allocator.test(one))
  )
}

const UNCHECKED_TLS = 'NODE_TLS_REJECT_UNAUTHORIZED'

// An allow-list: options may be quoted, shortened or new, and one that loads code may be any of these.
const harmlessNodeOption =
  /^--(?:max-old-space-size=\d+|max-semi-space-size=\d+|no-warnings|no-deprecation|enable-source-maps|trace-warnings|use-system-ca)$/
