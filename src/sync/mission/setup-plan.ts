import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loginRemedy } from '../boundary/daemon-start.ts'
import { BoundaryError } from '../boundary/error.ts'
import { readIfPresent } from '../boundary/files.ts'
import type { Foreground } from '../boundary/foreground.ts'
import { captureDossier, type Dossier } from './dossier.ts'
import type { Emitter } from './emit.ts'
import type { Mission } from './folder.ts'

export interface SetUpPlan extends Dossier {
  readonly planFile: string
  readonly specFile: string
  /** Whether plan.md says more than its first draft. */
  readonly planSubstantive: boolean
}

/**
 * Refuses when sync is on and nobody is logged in, before any side effect (BOUNDARY/FR-011, D-5).
 * @throws {BoundaryError} `SAAS_SYNC_UNAUTHENTICATED`
 */
export function requireLoginWhenSyncing(foreground: Foreground): void {
  if (!foreground.isSyncEnabled || foreground.session !== undefined) return
  throw new BoundaryError({
    code: 'SAAS_SYNC_UNAUTHENTICATED',
    what: 'SaaS sync cannot be guaranteed: no authenticated session/credentials found.',
    where: foreground.paths.session,
    next: `run: ${loginRemedy(foreground)} (or unset SPEC_KITTY_ENABLE_SAAS_SYNC to work locally)`,
  })
}

/** Lays out plan.md unless it exists, then hands the mission over to sync. */
export function setUpPlan(
  emitter: Emitter,
  mission: Mission,
  queueDbPath: string | undefined,
): SetUpPlan {
  const planFile = join(mission.folder, 'plan.md')
  const draft = `# Plan of ${mission.slug}\n\nHow it will be done.\n`
  if (!existsSync(planFile)) writeFileSync(planFile, draft)
  const planSubstantive = isSubstantive(planFile, draft)
  const dossier = captureDossier(emitter, mission, queueDbPath)
  return { planFile, specFile: join(mission.folder, 'spec.md'), planSubstantive, ...dossier }
}

function isSubstantive(planFile: string, draft: string): boolean {
  return readIfPresent(planFile)?.trim() !== draft.trim()
}
