import { accessSync, constants } from 'node:fs'
import { dirname } from 'node:path'
import { privateFolder } from '../home/home.ts'
import { isThere } from '../base/present.ts'
import { alone } from '../base/file-lock.ts'
import { readIfPresent, writeAtomically } from '../home/files.ts'
import { asObject, asString, parseObject, type JsonObject } from '../base/json.ts'
import { removeFile } from '../base/remove-file.ts'

export interface Team {
  readonly id: string
  readonly name: string
  readonly role: string
  readonly isPrivateTeamspace: boolean
}

/** A login as it lies in `auth/session.json` (mode 0600). Times are ISO 8601 in UTC. */
export interface Session {
  readonly serverUrl: string
  readonly userId: string
  readonly email: string
  readonly name: string
  readonly teams: readonly Team[]
  readonly accessToken: string
  readonly refreshToken: string
  readonly sessionId: string
  readonly issuedAt: string
  readonly accessExpiresAt: string
  /** Unknown when the service names no end; the service then decides. */
  readonly refreshExpiresAt?: string
}

/** The team that events are delivered to: the private teamspace, else none. */
export function activeTeam(session: Session): Team | undefined {
  return session.teams.find((team) => team.isPrivateTeamspace)
}

/** Whether the login can still obtain access at `now` (milliseconds since the epoch). */
export function isUsable(session: Session, now: number): boolean {
  if (session.refreshExpiresAt !== undefined) return Date.parse(session.refreshExpiresAt) > now
  return session.refreshToken !== '' || Date.parse(session.accessExpiresAt) > now
}

/**
 * The stored login, or undefined if nobody is logged in. A file that cannot be understood is no login
 * either: the remedy is the same, and neither capturing nor logging in anew may stumble over it. No
 * network, no write.
 */
export function readSession(path: string): Session | undefined {
  const text = readIfPresent(path)
  return text === undefined ? undefined : fromDisk(parseObject(text))
}

/**
 * Makes the folder of the login and looks whether one could be stored, before a person is asked for anything.
 * @throws {Error} what the file system refuses, with the path
 */
export function prepareSession(path: string): void {
  const folder = privateFolder(dirname(path))
  accessSync(folder, constants.W_OK | constants.X_OK)
}

export function writeSession(path: string, session: Session): void {
  alone(lockOf(path), () => put(path, session))
}

/**
 * Writes a renewed login in the place of the one that it renews. A logout, or another login, that came in
 * the meantime holds.
 * @param renewed the access token that was renewed
 * @returns what is stored from now on
 */
export function replaceSession(path: string, renewed: string, next: Session): Session | undefined {
  return alone(lockOf(path), () => {
    const current = readSession(path)
    if (current?.accessToken !== renewed) return current
    put(path, next)
    return next
  })
}

/** Forgets the login. */
export function removeSession(path: string): void {
  if (!isThere(path)) return
  alone(lockOf(path), () => removeFile(path))
}

function put(path: string, session: Session): void {
  writeAtomically(path, `${JSON.stringify(toDisk(session), null, 2)}\n`)
}

/** Not the lock of a renewal, which waits for the network while it has it. */
function lockOf(path: string): string {
  return `${path}.write.lock`
}

function toDisk(session: Session): JsonObject {
  return {
    version: 3,
    server_url: session.serverUrl,
    user_id: session.userId,
    email: session.email,
    name: session.name,
    teams: session.teams.map(({ id, name, role, isPrivateTeamspace }) => ({
      id,
      name,
      role,
      is_private_teamspace: isPrivateTeamspace,
    })),
    access_token: session.accessToken,
    refresh_token: session.refreshToken,
    session_id: session.sessionId,
    issued_at: session.issuedAt,
    access_token_expires_at: session.accessExpiresAt,
    refresh_token_expires_at: session.refreshExpiresAt ?? null,
  }
}

function fromDisk(found: JsonObject | undefined): Session | undefined {
  if (found === undefined) return undefined
  const text = (key: string): string => asString(found[key]) ?? ''
  const session = {
    serverUrl: text('server_url'),
    userId: text('user_id'),
    email: text('email'),
    name: text('name'),
    teams: readTeams(found['teams']),
    accessToken: text('access_token'),
    refreshToken: text('refresh_token'),
    sessionId: text('session_id'),
    issuedAt: text('issued_at'),
    accessExpiresAt: text('access_token_expires_at'),
  }
  if (session.email === '' || session.accessToken === '') return undefined
  const refreshExpiresAt = asString(found['refresh_token_expires_at'])
  return refreshExpiresAt === undefined ? session : { ...session, refreshExpiresAt }
}

/** Teams as the service and the stored login both write them; entries without an id are dropped. */
export function readTeams(value: unknown): Team[] {
  if (!Array.isArray(value)) return []
  return value.flatMap((entry) => {
    const team = asObject(entry)
    const id = asString(team?.['id'])
    if (team === undefined || id === undefined) return []
    const name = asString(team['name']) ?? id
    const role = asString(team['role']) ?? ''
    return [{ id, name, role, isPrivateTeamspace: team['is_private_teamspace'] === true }]
  })
}
