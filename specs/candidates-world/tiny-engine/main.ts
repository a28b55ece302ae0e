import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { describeOwner } from './owner.ts'
import { VERSION } from './version.ts'

/** The smallest engine that shows what a candidate must carry: a database, a version, its own path. */
export function main(argv: string[]): Promise<number> {
  const database = new Database(':memory:')
  const sqlite = database.prepare('SELECT sqlite_version()').pluck().get()
  database.close()
  if (argv[0] === '--version') process.stdout.write(`spec-kitty-cli version ${VERSION}\n`)
  else
    process.stdout.write(
      `${JSON.stringify({ argv, sqlite, owner: describeOwner(), self: fileURLToPath(import.meta.url) })}\n`,
    )
  return Promise.resolve(argv[0] === 'refuse' ? 2 : 0)
}
