import { createMission } from '../../sync/index.ts'
import { argument, flag, text, usage, whole, type Call } from '../define.ts'
import { printJson } from '../io.ts'
import { actorOf, foregroundOf, startedProject, withEmitter } from './call-context.ts'

export function run(call: Call): number {
  // A refusal of home or configuration comes before anything is written into the project.
  const foreground = foregroundOf(call)
  const project = startedProject(call)
  const wanted = {
    slug: argument(call, 0),
    missionType: named(call, 'type', 'software-dev'),
    targetBranch: named(call, 'targetBranch', 'main'),
    workPackages: whole(call, 'workPackages', { from: 1, to: 99, otherwise: 1 }),
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

/** No server takes an event with a blank name, so none is captured. */
function named(call: Call, option: 'type' | 'targetBranch', otherwise: string): string {
  const given = text(call, option) ?? otherwise
  if (given.trim() !== '' && given.length <= 200) return given
  const flags = option === 'type' ? '--type' : '--target-branch'
  throw usage(call, `${flags} takes a name of at most 200 characters that is not blank`)
}
