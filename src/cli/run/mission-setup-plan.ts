import { openForAction, requireLoginWhenSyncing, setUpPlan } from '../../sync/index.ts'
import { flag, type Call } from '../define.ts'
import { printJson } from '../io.ts'
import { foregroundOf, missionOf, projectOf, withEmitter } from './call-context.ts'

export function run(call: Call): number {
  const foreground = foregroundOf(call)
  requireLoginWhenSyncing(foreground)
  const project = projectOf(call)
  const mission = missionOf(call, project)
  if (foreground.isSyncEnabled) openForAction(foreground)
  const queueDbPath = foreground.isSyncEnabled ? foreground.identity.queue_db_path : undefined
  const plan = withEmitter(call, foreground, project, (emitter) =>
    setUpPlan(emitter, mission, queueDbPath),
  )
  if (flag(call, 'json'))
    printJson(call.io, {
      result: 'success',
      phase_complete: plan.planSubstantive,
      mission_slug: mission.slug,
      mission_dir: mission.folder,
      plan_file: plan.planFile,
      spec_file: plan.specFile,
      plan_substantive: plan.planSubstantive,
      events_captured: plan.events.length,
      bodies: {
        queued: plan.bodies.queued,
        already_queued: plan.bodies.alreadyQueued,
        skipped: plan.bodies.skipped,
      },
    })
  else
    call.io.out(
      `${plan.planFile}\n${plan.events.length} events captured, ${plan.bodies.queued} documents queued for upload\n`,
    )
  return 0
}
