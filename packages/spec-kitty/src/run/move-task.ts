import { moveTask, type Moved } from '@canary-gate/sync-engine'
import { argument, flag, text, usage, type Call } from '../command/define.ts'
import { finish } from '../command/finish.ts'
import { actorOf, contextOf, missionOf, projectOf, withEmitter } from './call-context.ts'

export function run(call: Call): number {
  const to = text(call, 'to')
  if (to === undefined) throw usage(call, 'say where to: add --to <lane>')
  const context = contextOf(call)
  const project = projectOf(call)
  const mission = missionOf(call, project)
  const note = text(call, 'note')
  const feedbackFile = text(call, 'reviewFeedbackFile')
  const task = {
    wpId: argument(call, 0),
    to,
    actor: actorOf(call, context),
    force: flag(call, 'force'),
    ...(note === undefined ? {} : { note }),
    ...(feedbackFile === undefined ? {} : { feedbackFile }),
  }
  const moved = withEmitter(call, context, project, (emitter) => moveTask(emitter, mission, task))
  return finish(call, 0, { json: asJson(moved, mission.slug), text: asText(moved) })
}

function asJson(moved: Moved, missionSlug: string): object {
  const common = { result: 'success', mission_slug: missionSlug, wp_id: moved.wpId }
  switch (moved.kind) {
    case 'unchanged':
      return { ...common, old_lane: moved.lane, new_lane: moved.lane, event_id: null }
    case 'moved':
      return {
        ...common,
        old_lane: moved.from,
        new_lane: moved.to,
        force: moved.force,
        reason: moved.reason,
        event_id: moved.eventId,
      }
  }
}

function asText(moved: Moved): string {
  switch (moved.kind) {
    case 'unchanged':
      return `${moved.wpId} is in ${moved.lane} already\n`
    case 'moved':
      return `${moved.wpId}: ${moved.from} → ${moved.to}${moved.force ? ` (forced: ${moved.reason ?? ''})` : ''}\n`
  }
}
