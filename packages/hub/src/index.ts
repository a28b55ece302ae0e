/** The hub as a library: open a database, start a hub on it, make tenants and tokens. */
export { HubError, type HubErrorCode } from './base/errors.ts'
export { jsonLog, type Log } from './base/log.ts'
export { openDatabase, type DatabasePlace } from './database/open.ts'
export type { Database } from './database/database.ts'
export { startHub, type HubOptions, type RunningHub } from './service/start.ts'
export { createTenant, tenantNamed, type Tenant } from './tenants/tenants.ts'
export { createToken, SCOPES, type Scope, type Token, type TokenWishes } from './tenants/tokens.ts'
