import { join } from 'node:path'
import type { EngineSource } from '../../fixtures/candidates/index.ts'

/** An engine of three modules: builds of it show what the build does, whatever the real engine does. */
export const TINY_ENGINE: EngineSource = {
  root: join(import.meta.dirname, 'tiny-engine'),
  suffix: '.ts',
  main: 'main',
  owner: 'owner',
  preflight: 'preflight',
  version: 'version',
  folders: ['.'],
}
