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
  return [...ofNode, ...(environment[UNCHECKED_TLS] === '0' ? [UNCHECKED_TLS] : [])]
}

const UNCHECKED_TLS = 'NODE_TLS_REJECT_UNAUTHORIZED'

// An allow-list: options may be quoted, shortened or new, and one that loads code may be any of these.
const harmlessNodeOption =
  /^--(?:max-old-space-size=\d+|max-semi-space-size=\d+|no-warnings|no-deprecation|enable-source-maps|trace-warnings|use-system-ca)$/
