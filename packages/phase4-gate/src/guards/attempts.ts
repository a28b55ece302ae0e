import type Database from 'better-sqlite3'
import { openForLooking } from '../interventions/databases.ts'
import { openService, type ServicePath } from '../service/reader.ts'

/**
 * What must be impossible, tried on the very objects that the gate works with. Each function returns
 * what was NOT refused; an empty list means that the capability does not exist.
 */
export async function tryMutatingService(service: {
  readonly url: string
  readonly timeoutMs: number
}): Promise<string[]> {
  const reader = openService(service)
  const members = Object.keys(reader).filter((name) => name !== 'get')
  const notRefused = members.map((name) => `the service reader offers "${name}"`)
  for (const path of forbiddenPaths) {
    const refused = await reader.get(path as ServicePath).then(
      () => false,
      (error: unknown) => error instanceof TypeError,
    )
    if (!refused) notRefused.push(`the service reader reaches ${path}`)
  }
  if (!Object.isFrozen(reader)) notRefused.push('the service reader can be extended')
  return notRefused
}

/** Ways to change the service: batches, bodies, drain rows, limits; and ways around the list. */
const forbiddenPaths = [
  '/api/v1/events/batch/',
  '/api/dossier/push-content/',
  '/api/v1/sync/limits/',
  '/admin/',
  '/health/../api/v1/events/batch/',
  '/health/ HTTP/1.1\r\nx: y',
  '//another.example/health/',
] as const

/** Tries to change a queue database through the handle with which the gate looks at it. */
export async function tryMutatingDatabase(file: string, scratch: string): Promise<string[]> {
  await using glass = await openForLooking(file, scratch)
  return forbiddenStatements
    .filter((sql) => !isRefused(glass.database, sql))
    .map((sql) => `"${sql}" was not refused`)
}

const forbiddenStatements = [
  'CREATE TABLE intervention (note TEXT)',
  'PRAGMA user_version = 4711',
  'CREATE INDEX intervention ON sqlite_schema (name)',
] as const

function isRefused(database: Database.Database, sql: string): boolean {
  try {
    database.exec(sql)
    return false
  } catch {
    return true
  }
}
