import {
  courierOf,
  currentIdentity,
  findTarget,
  isDelivering,
  isUndecided,
  readJournal,
  targetId,
  undeliveredByStream,
  type CommandContext,
  type Journal,
  type StreamCount,
} from '@canary-gate/sync-engine'
import type { Call } from '../command/define.ts'
import { finish } from '../command/finish.ts'
import { projectHere } from './call-context.ts'
import { streamJson, streamLine } from './consent-text.ts'

/** What `sync now` would send, by project, account and target. Writes nothing and asks no network. */
export function preview(call: Call, context: CommandContext): number {
  const journal = readJournal({ home: context.paths.home, now: call.io.now })
  try {
    const identity = currentIdentity(context)
    const target = identity === undefined ? undefined : findTarget(journal, targetId(identity))
    const streams = undeliveredByStream(journal, target?.generationId, courierOf(context))
      .filter(({ events }) => events > 0)
      .map((stream) => ({ ...stream, allowed: willGo(call, context, journal, stream) }))
    const url = identity?.url ?? null
    const json = { target: url, streams: streams.map(streamJson) }
    return finish(call, 0, { json, text: textOf(streams, url) })
  } finally {
    journal.close()
  }
}

/** Asking for a delivery agrees for the project around here; what it would agree to is told as such. */
function willGo(
  call: Call,
  context: CommandContext,
  journal: Journal,
  { allowed, project, account }: StreamCount,
): boolean {
  const courier = courierOf(context)
  if (allowed || !isDelivering(context)) return allowed
  const isHere = projectHere(call)?.uuid.toLowerCase() === project
  const isOwn = ['', courier.account, courier.queueName].includes(account)
  return isHere && isOwn && isUndecided(journal, { project, account: courier.account })
}

function textOf(streams: readonly StreamCount[], url: string | null): string {
  if (streams.length === 0) return 'No event waits.\n'
  const line = (stream: StreamCount): string => {
    const where = stream.allowed ? `goes to ${url ?? 'no target'}` : 'waits for a consent'
    return `${streamLine(stream)}: ${where}\n`
  }
  return streams.map(line).join('')
}
