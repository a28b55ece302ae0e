// Plain JavaScript that any Node can parse, as start.js.
import { existsSync } from 'node:fs'

/**
 * What the young objects of a hub may take: three times so many megabytes. Node 24 lets them grow to 200 MB. With
 * bodies of half a megabyte on four connections they take 100 MB of that, little by little, and keep it; nothing
 * of it is in use. Bounded, the same work costs no more processor time.
 */
const YOUNG = '--max-semi-space-size=8'

/**
 * Begins the process again with that bound, which can only be given at the start: the same process, with its id,
 * arguments and files. Not where the operator has chosen another one, nor where a parent talks to it over a channel.
 *
 * @param {readonly string[]} words
 */
export function boundMemory(words) {
  const [first = '-'] = words
  const isServing = first === 'serve' || first.startsWith('-')
  const chosen = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' ')
  if (!isServing || /max[-_]semi[-_]space[-_]size/.test(chosen) || process.send !== undefined)
    return
  if (process.execve === undefined || process.platform === 'win32') return
  if (!existsSync(process.execPath)) return
  const before = [process.execPath, YOUNG, ...process.execArgv]
  process.execve(process.execPath, [...before, ...process.argv.slice(1)], process.env)
}
