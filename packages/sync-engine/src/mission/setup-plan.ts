import { withRemark } from '../base/remedies.ts'
import { join } from 'node:path'
import { loginRemedy } from '../context/daemon-start.ts'
import { SyncError } from '../base/errors.ts'
import { readIfPresent } from '../home/files.ts'
import type { CommandContext } from '../context/command-context.ts'
import { captureDossier, type Dossier } from './dossier.ts'
import type { Emitter } from './emit.ts'
import { writeDraft, type Mission } from './folder.ts'

export interface SetUpPlan extends Dossier {
  readonly planFile: string
  readonly specFile: string
  /** Whether plan.md says more than its first draft. */
  readonly planSubstantive: boolean
}

/**
 * Refuses when sync is on and nobody is logged in, before any side effect (BOUNDARY/FR-011, D-5).
 * @throws {SyncError} `SAAS_SYNC_UNAUTHENTICATED`
 */
export function requireLoginWhenSyncing(context: CommandContext): void {
  if (!context.isSyncEnabled || context.session !== undefined) return
  throw new SyncError({
    code: 'SAAS_SYNC_UNAUTHENTICATED',
    what: 'SaaS sync cannot be guaranteed: no authenticated session/credentials found.',
    where: context.paths.session,
    remedy: withRemark(
      loginRemedy(context),
      'or unset SPEC_KITTY_ENABLE_SAAS_SYNC to work locally',
    ),
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
  writeDraft(planFile, draft)
  const planSubstantive = isSubstantive(planFile, draft)
  const dossier = captureDossier(emitter, mission, queueDbPath)
  return { planFile, specFile: join(mission.folder, 'spec.md'), planSubstantive, ...dossier }
}

function isSubstantive(planFile: string, draft: string): boolean {
  return readIfPresent(planFile)?.trim() !== draft.trim()
}
