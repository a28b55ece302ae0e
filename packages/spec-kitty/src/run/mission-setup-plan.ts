import { openForAction, requireLoginWhenSyncing, setUpPlan } from '@canary-gate/sync-engine'
import type { Call } from '../command/define.ts'
import { finish } from '../command/finish.ts'
import { contextOf, missionOf, projectOf, withEmitter } from './call-context.ts'

export function run(call: Call): number {
  const context = contextOf(call)
  requireLoginWhenSyncing(context)
  const project = projectOf(call)
  const mission = missionOf(call, project)
  if (context.isSyncEnabled) openForAction(context)
  const queueDbPath = context.isSyncEnabled ? context.identity.queue_db_path : undefined
  const plan = withEmitter(call, context, project, (emitter) =>
    setUpPlan(emitter, mission, queueDbPath),
  )
  return finish(call, 0, {
    json: {
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
    },
    text: `${plan.planFile}\n${plan.events.length} events captured, ${plan.bodies.queued} documents queued for upload\n`,
  })
}
