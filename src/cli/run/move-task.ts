import { moveTask, type Moved } from '../../sync/index.ts'
import { argument, flag, text, usage, type Call } from '../define.ts'
import { printJson } from '../io.ts'
import { actorOf, foregroundOf, missionOf, projectOf, withEmitter } from './call-context.ts'

export function run(call: Call): number {
  const to = text(call, 'to')
  if (to === undefined) throw usage(call, 'say where to: add --to <lane>')
  const project = projectOf(call)
  const mission = missionOf(call, project)
  const note = text(call, 'note')
  const feedbackFile = text(call, 'reviewFeedbackFile')
  const task = {
    wpId: argument(call, 0),
    to,
    actor: actorOf(call),
    force: flag(call, 'force'),
    ...(note === undefined ? {} : { note }),
    ...(feedbackFile === undefined ? {} : { feedbackFile }),
  }
  const moved = withEmitter(call, foregroundOf(call), project, (emitter) =>
    moveTask(emitter, mission, task),
  )
  if (flag(call, 'json')) printJson(call.io, asJson(moved, mission.slug))
  else call.io.out(asText(moved))
  return 0
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
