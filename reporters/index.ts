export { gateConfig } from './config.ts'
export { gateNamed } from './named.ts'
export type { GateConfigOptions } from './options.ts'
export { refuseOldNode } from './old-node.ts'
