import { asObject, asString, type JsonObject } from '../base/json.ts'

/**
 * The key under which an undelivered event replaces an earlier one, or undefined if its type never
 * coalesces. Only two dossier types do; `WPStatusChanged` is history and never does (SYNC/T046).
 */
export function coalesceKey(event: JsonObject): string | undefined {
  const read = (path: string, ...legacy: string[]): string => field(event, path, legacy)
  const type = event['event_type']
  if (type !== ARTIFACT && type !== SNAPSHOT) return undefined
  const parts = [
    read('namespace.project_uuid', 'project_uuid'),
    read('namespace.mission_slug', 'mission_slug'),
  ]
  if (type === ARTIFACT) parts.push(read('artifact_id.path', 'relative_path', 'artifact_key'))
  // An event that does not say what it is about must not swallow another that does not either.
  return parts.includes('') ? undefined : [type, ...parts].join('|')
}

const ARTIFACT = 'MissionDossierArtifactIndexed'
const SNAPSHOT = 'MissionDossierSnapshotComputed'

/** A dotted field, looked up in the envelope, then in the payload, then under its flat old names. */
function field(event: JsonObject, path: string, legacy: readonly string[]): string {
  const payload = asObject(event['payload']) ?? {}
  for (const name of [path, ...legacy]) {
    const found = lookUp(event, name) ?? lookUp(payload, name)
    if (found !== undefined) return found
  }
  return ''
}

function lookUp(object: JsonObject, path: string): string | undefined {
  let value: unknown = object
  for (const part of path.split('.')) value = asObject(value)?.[part]
  return asString(value)
}
