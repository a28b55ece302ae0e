import type { Happening } from './envelope.ts'
import {
  completeMission,
  layOutMission,
  missionFolder,
  packageIds,
  type Mission,
} from './folder.ts'
import { emit, type Emitter } from './emit.ts'
import { aloneInMission } from './lock.ts'

export interface NewMission {
  readonly slug: string
  readonly missionType: string
  readonly targetBranch: string
  readonly workPackages: number
  /** Who starts it; the event contract wants each work package to name somebody. */
  readonly actor: string
}

export interface CreatedMission {
  readonly mission: Mission
  /** Ids of the captured events. */
  readonly events: readonly string[]
}

/**
 * Creates the mission's folder and captures `MissionCreated` and one `WPCreated` per package.
 * @throws {SyncError} `mission-exists`, also for whoever creates it at the same time and is late
 */
export function createMission(emitter: Emitter, wanted: NewMission): CreatedMission {
  const folder = missionFolder(emitter.project, wanted.slug)
  return aloneInMission(emitter.home, folder, () => createAlone(emitter, wanted))
}

function createAlone(emitter: Emitter, wanted: NewMission): CreatedMission {
  const { workPackages, actor, ...rest } = wanted
  const createdAt = new Date(emitter.now()).toISOString()
  const mission = layOutMission(
    emitter.project,
    { ...rest, missionId: emitter.newId() },
    workPackages,
  )
  const events = emit(emitter, [
    missionCreated(mission, workPackages, createdAt),
    ...packagesOf(mission, workPackages, { actor, createdAt }),
  ])
  completeMission(mission)
  return { mission, events: events.map((event) => event.event_id) }
}

/** Every field that the event contract requires; a mission gets its number when it is merged. */
function missionCreated(mission: Mission, workPackages: number, createdAt: string): Happening {
  const friendlyName = friendlyNameOf(mission.slug)
  return {
    eventType: 'MissionCreated',
    aggregateId: mission.missionId,
    aggregateType: 'Mission',
    payload: {
      mission_id: mission.missionId,
      mission_slug: mission.slug,
      mission_number: null,
      mission_type: mission.missionType,
      target_branch: mission.targetBranch,
      wp_count: workPackages,
      friendly_name: friendlyName,
      purpose_tldr: friendlyName,
      purpose_context: `${friendlyName}, for ${mission.targetBranch}; what it is for stands in its spec.md.`,
      created_at: createdAt,
    },
  }
}

/** `payment-retries` reads as `Payment retries`. */
function friendlyNameOf(slug: string): string {
  const words = slug.split('-').filter(Boolean).join(' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function packagesOf(
  mission: Mission,
  count: number,
  { actor, createdAt }: { readonly actor: string; readonly createdAt: string },
): Happening[] {
  return packageIds(count).map((wpId) => ({
    eventType: 'WPCreated',
    aggregateId: wpId,
    aggregateType: 'WorkPackage',
    payload: {
      mission_slug: mission.slug,
      wp_id: wpId,
      wp_title: wpId,
      actor,
      depends_on: [],
      wp_path: `kitty-specs/${mission.slug}/tasks/${wpId}.md`,
      created_at: createdAt,
    },
  }))
}
