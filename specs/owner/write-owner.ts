import { writeOwner } from '../../packages/sync-engine/src/context/owner.ts'

/** Writes its own large record over and over. */
const [path = '', name = ''] = process.argv.slice(2)
for (let count = 0; count < 60; count += 1)
  writeOwner(path, {
    pid: process.pid,
    port: 1,
    token: name.repeat(5_000),
    package_version: name,
    executable_path: process.execPath,
    source_checkout_path: null,
    server_url: null,
    auth_principal: null,
    auth_team: null,
    auth_scope: null,
    queue_db_path: '/queue.db',
    started_at: new Date().toISOString(),
  })
