import { createMission } from '../../sync/index.ts'
import { argument, flag, text, type Call } from '../define.ts'
import { printJson } from '../io.ts'
import { actorOf, foregroundOf, startedProject, withEmitter } from './call-context.ts'

export function run(call: Call): number {
  // A refusal of home or configuration comes before anything is written into the project.
  const foreground = foregroundOf(call)
  const project = startedProject(call)
  const wanted = {
    slug: argument(call, 0),
    missionType: text(call, 'type') ?? 'software-dev',
    targetBranch: text(call, 'targetBranch') ?? 'main',
    workPackages: Number(text(call, 'workPackages') ?? 1),
    actor: actorOf(call),
  }
  const created = withEmitter(call, foreground, project, (emitter) =>
    createMission(emitter, wanted),
  )
  const { mission, events } = created
  if (flag(call, 'json'))
    printJson(call.io, {
      result: 'success',
      mission_slug: mission.slug,
      mission_id: mission.missionId,
      mission_dir: mission.folder,
      events_captured: events.length,
    })
  else call.io.out(`Mission ${mission.slug} started in ${mission.folder}\n`)
  return 0
}
