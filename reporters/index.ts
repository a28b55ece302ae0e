export { gateConfig } from './config.ts'
export type { GateConfigOptions } from './options.ts'
export { refuseOldNode } from './old-node.ts'
