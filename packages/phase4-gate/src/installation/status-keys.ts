/**
 * Keys of `sync status --check --json` that the canary harness and the operator read, as rc15 and
 * rc16 print them. Values may be null; a key that is absent is a contract that was broken.
 */
const requiredKeys = [
  'ok',
  'exit_code',
  'auth_required',
  'auth_present',
  'live_orphan_daemon_count',
  ...under('foreground', [
    'package_version',
    'executable_path',
    'source_path',
    'server_url',
    'team_or_user',
    'queue_db_path',
    'pid',
  ]),
  ...under('daemon_owner_record', [
    'status',
    'pid',
    'port',
    'package_version',
    'executable_path',
    'source_path',
    'server_url',
    'team_or_user',
    'queue_db_path',
  ]),
  ...under('active_queue', ['path', 'event_count', 'body_upload_count']),
  ...under('legacy_queue', ['path', 'event_count', 'body_upload_count', 'rows_in_scope']),
  'mismatches',
  'orphan_records',
]

function under(section: string, keys: readonly string[]): string[] {
  return keys.map((key) => `${section}.${key}`)
}

/** Every required key that a status lacks, dotted, one by one. */
export function missingKeys(status: unknown): readonly string[] {
  return requiredKeys.filter((key) => !hasKey(status, key.split('.')))
}

function hasKey(value: unknown, path: readonly string[]): boolean {
  const [first, ...rest] = path
  if (first === undefined) return true
  if (typeof value !== 'object' || value === null || !(first in value)) return false
  return hasKey((value as Record<string, unknown>)[first], rest)
}
