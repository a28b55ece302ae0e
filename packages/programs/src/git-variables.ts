/**
 * Variables that say how git reaches a server, who is asked for a password, and who wrote what it is told
 * to write. Every other one may make it work on something other than the folder it is started in (whoever
 * calls the gate from a hook has set some of them to a repository of their own), read that folder otherwise
 * than it is, or print what it finds in another form; and each version of git has new ones.
 */
const harmless: readonly string[] = [
  ...['GIT_SSH', 'GIT_SSH_COMMAND', 'GIT_SSH_VARIANT', 'GIT_ASKPASS', 'GIT_PROXY_COMMAND'],
  ...['GIT_SSL_CAINFO', 'GIT_SSL_CAPATH', 'GIT_SSL_CERT', 'GIT_SSL_KEY', 'GIT_PROXY_SSL_CAINFO'],
  ...['GIT_HTTP_USER_AGENT', 'GIT_HTTP_LOW_SPEED_LIMIT', 'GIT_HTTP_LOW_SPEED_TIME'],
  ...['GIT_TERMINAL_PROMPT', 'GIT_ALLOW_PROTOCOL', 'GIT_PROTOCOL_FROM_USER'],
  ...['GIT_AUTHOR_NAME', 'GIT_AUTHOR_EMAIL', 'GIT_AUTHOR_DATE'],
  ...['GIT_COMMITTER_NAME', 'GIT_COMMITTER_EMAIL', 'GIT_COMMITTER_DATE'],
  ...['GIT_CONFIG_NOSYSTEM', 'GIT_CONFIG_GLOBAL', 'GIT_CEILING_DIRECTORIES'],
]

/** Whether a variable of git may go on to a program; only `GIT_…` is asked about. */
export function isHarmlessOfGit(name: string): boolean {
  return harmless.includes(name)
}

/** Settings by variable that go on: whose folders may be read, and how a server is reached. */
const harmlessSetting = /^(?:safe\.directory|https?\..+|credential\..+|core\.sshcommand)$/i

/**
 * The settings that an environment gives git (`GIT_CONFIG_COUNT`), without what would change its answers, in
 * the same variables: one may be a token, which a command line would show to everybody on the machine.
 * Container images trust the folder of a clone in this way.
 */
export function gitSettings(env: Readonly<Record<string, string | undefined>>): GitSettings {
  const count = Number(env['GIT_CONFIG_COUNT'] ?? '0')
  const numbers = Array.from({ length: count > 0 && count < 1_000 ? count : 0 }, (_, at) => at)
  const kept = numbers.flatMap((at) => {
    const [key, value] = [env[`GIT_CONFIG_KEY_${at}`], env[`GIT_CONFIG_VALUE_${at}`]]
    return key !== undefined && value !== undefined && harmlessSetting.test(key)
      ? [{ key, value }]
      : []
  })
  if (kept.length === 0) return {}
  const variables = kept.flatMap(({ key, value }, at) => [
    [`GIT_CONFIG_KEY_${at}`, key] as const,
    [`GIT_CONFIG_VALUE_${at}`, value] as const,
  ])
  return { GIT_CONFIG_COUNT: String(kept.length), ...Object.fromEntries(variables) }
}

type GitSettings = Readonly<Record<string, string>>
