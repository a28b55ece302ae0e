import { createMission } from '@canary-gate/sync-engine'
import { argument, text, usage, whole, type Call } from '../command/define.ts'
import { finish } from '../command/finish.ts'
import { actorOf, contextOf, startedProject, withEmitter } from './call-context.ts'

export function run(call: Call): number {
  // A refusal of home or configuration comes before anything is written into the project.
  const context = contextOf(call)
  const project = startedProject(call)
  const wanted = {
    slug: argument(call, 0),
    missionType: named(call, 'type', 'software-dev'),
    targetBranch: named(call, 'targetBranch', 'main'),
    workPackages: whole(call, 'workPackages', { from: 1, to: 99, otherwise: 1 }),
    actor: actorOf(call, context),
  }
  const created = withEmitter(call, context, project, (emitter) => createMission(emitter, wanted))
  const { mission, events } = created
  return finish(call, 0, {
    json: {
      result: 'success',
      mission_slug: mission.slug,
      mission_id: mission.missionId,
      mission_dir: mission.folder,
      events_captured: events.length,
    },
    text: `Mission ${mission.slug} started in ${mission.folder}\n`,
  })
}

/** No server takes an event with a blank name, so none is captured. */
function named(call: Call, option: 'type' | 'targetBranch', otherwise: string): string {
  const given = text(call, option) ?? otherwise
  if (given.trim() !== '' && given.length <= 200) return given
  const flags = option === 'type' ? '--type' : '--target-branch'
  throw usage(call, `${flags} takes a name of at most 200 characters that is not blank`)
}
