/** Values that this process was given as secrets, besides those of its environment. */
const remembered = new Set<string>()

/** From now on these values are secrets wherever they appear: a token that a command printed, say. */
export function rememberSecrets(values: readonly string[]): void {
  for (const value of values) if (value.trim().length >= shortest) remembered.add(value.trim())
}

/** Shorter values would cut holes into ordinary words. */
const shortest = 6

/** Names of variables that hold a secret, whatever program they are meant for. */
const secretName =
  /(?:^|_)(?:TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|PAT|API_?KEY|ACCESS_KEY|PRIVATE_KEY|SECRET_KEY|CREDENTIALS?|DSN|AUTH)(?:_\w+)?$|^(?:DATABASE|REDIS|BROKER|AMQP)_URL$/

/**
 * Every secret value that this process holds: of its environment by the names of the variables, and
 * what was remembered. Read each time, because a variable may be set after the start.
 */
export function heldSecrets(env: NodeJS.ProcessEnv = process.env): readonly string[] {
  const values = Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && value.length >= 8 && secretName.test(name) && !isSetting(value)
      ? [value]
      : [],
  )
  return [...new Set([...values, ...remembered])]
}

/** Numbers, switches, paths and addresses without a login are settings, even under such a name. */
function isSetting(value: string): boolean {
  return /^(?:\d+|true|false|enabled|disabled|\/[\w./-]*|[a-z]+:\/\/[^@]*)$/i.test(value)
}
