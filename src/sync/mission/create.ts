import type { Happening } from './envelope.ts'
import { completeMission, layOutMission, packageIds, type Mission } from './folder.ts'
import { emit, type Emitter } from './emit.ts'

export interface NewMission {
  readonly slug: string
  readonly missionType: string
  readonly targetBranch: string
  readonly workPackages: number
}

export interface CreatedMission {
  readonly mission: Mission
  /** Ids of the captured events. */
  readonly events: readonly string[]
}

/** Creates the mission's folder and captures `MissionCreated` and one `WPCreated` per package. */
export function createMission(emitter: Emitter, wanted: NewMission): CreatedMission {
  const { workPackages, ...rest } = wanted
  const mission = layOutMission(
    emitter.project,
    { ...rest, missionId: emitter.newId() },
    workPackages,
  )
  const events = emit(emitter, [
    missionCreated(mission, workPackages),
    ...packagesOf(mission, workPackages),
  ])
  completeMission(mission)
  return { mission, events: events.map((event) => event.event_id) }
}

function missionCreated(mission: Mission, workPackages: number): Happening {
  return {
    eventType: 'MissionCreated',
    aggregateId: mission.missionId,
    aggregateType: 'Mission',
    payload: {
      mission_id: mission.missionId,
      mission_slug: mission.slug,
      mission_type: mission.missionType,
      target_branch: mission.targetBranch,
      wp_count: workPackages,
    },
  }
}

function packagesOf(mission: Mission, count: number): Happening[] {
  return packageIds(count).map((wpId) => ({
    eventType: 'WPCreated',
    aggregateId: wpId,
    aggregateType: 'WorkPackage',
    payload: { wp_id: wpId, mission_slug: mission.slug, title: wpId, dependencies: [] },
  }))
}
