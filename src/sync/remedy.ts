import { existsSync } from 'node:fs'

/**
 * Remedies are written as `run: <command> (<remark>)`: what a person types stands in front, so that
 * status can print it alone and a spec can carry it out.
 */

/** A path as a shell takes it for one word. */
export function quoted(path: string): string {
  return /^[\w./:-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`
}

/** The command that moves a file or folder out of the way; it overwrites nothing that was moved before. */
export function setAside(path: string): string {
  return `mv ${quoted(path)} ${quoted(freeName(path))}`
}

/** A name beside `path` that nothing has yet. */
export function freeName(path: string): string {
  for (let number = 1; ; number += 1) {
    const name = `${path}.unreadable${number === 1 ? '' : `-${number}`}`
    if (!existsSync(name)) return name
  }
}

/** What a remedy asks to type, without the remark behind it. */
export function commandOf(next: string): string {
  return /^run: (.*?)(?: \([^()]*\))?$/.exec(next)?.[1] ?? next
}
