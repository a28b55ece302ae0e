import {
  senderOf,
  currentIdentity,
  findTarget,
  isDelivering,
  isUndecided,
  mayGo,
  previewMigration,
  queuedDocuments,
  readJournal,
  targetId,
  undeliveredByStream,
  type CommandContext,
  type DocumentGroup,
  type Journal,
  type StreamCount,
} from '@canary-gate/sync-engine'
import type { Call } from '../command/define.ts'
import { finish } from '../command/finish.ts'
import { projectHere } from './call-context.ts'
import { documentsJson, documentsLine, streamJson, streamLine } from './consent-text.ts'

/**
 * What `sync now` would send, by project, account and target, with what it would fetch from old queues
 * first. Writes nothing and asks no network.
 */
export function preview(call: Call, context: CommandContext): number {
  const journal = readJournal({ home: context.paths.home, now: call.io.now })
  try {
    const asked = { call, context, journal }
    const streams = waitingStreams(asked).map((stream) => ({
      ...stream,
      allowed: willGo(asked, stream, stream.allowed),
    }))
    const documents = waitingDocuments(asked)
    const url = currentIdentity(context)?.url ?? null
    const json = {
      target: url,
      streams: streams.map(streamJson),
      documents: documents.map((group) => ({ ...documentsJson(group), allowed: group.allowed })),
    }
    const lines = [
      ...streams.map((stream) => lineOf(streamLine(stream), stream.allowed, url)),
      ...documents.map((group) => lineOf(documentsLine(group), group.allowed, url)),
    ]
    return finish(call, 0, {
      json,
      text: lines.length === 0 ? 'No event waits.\n' : lines.join(''),
    })
  } finally {
    journal.close()
  }
}

interface Asked {
  readonly call: Call
  readonly context: CommandContext
  readonly journal: Journal
}

/** What the target has not got, and what old queues hold; a delivery fetches that first. */
function waitingStreams({ context, journal }: Asked): StreamCount[] {
  const sender = senderOf(context)
  const identity = currentIdentity(context)
  const target = identity === undefined ? undefined : findTarget(journal, targetId(identity))
  const streams = new Map<string, StreamCount>()
  const add = (stream: StreamCount): void => {
    const key = `${stream.project}\n${stream.account}`
    const known = streams.get(key)
    const events = (known?.events ?? 0) + stream.events
    streams.set(key, { ...stream, slug: known?.slug ?? stream.slug, events })
  }
  undeliveredByStream(journal, target?.generationId, sender).forEach(add)
  previewMigration(context, (event) => {
    add({ ...event, events: 1, allowed: mayGo(journal.db, sender, event) })
  })
  return [...streams.values()].filter(({ events }) => events > 0)
}

/** Documents go to a hosted service only, under a login. */
function waitingDocuments(asked: Asked): (DocumentGroup & { readonly allowed: boolean })[] {
  const { context, journal } = asked
  const sender = senderOf(context)
  if (sender.kind !== 'login' || sender.account === '') return []
  return queuedDocuments(context).map((group) => ({
    ...group,
    allowed: willGo(asked, group, mayGo(journal.db, sender, group)),
  }))
}

/** Asking for a delivery agrees for the project around here; what it would agree to is told as such. */
function willGo(
  { call, context, journal }: Asked,
  { project, account }: Pick<StreamCount, 'project' | 'account'>,
  allowed: boolean,
): boolean {
  const sender = senderOf(context)
  if (allowed || !isDelivering(context)) return allowed
  const isHere = projectHere(call)?.uuid.toLowerCase() === project
  const isOwn = ['', sender.account, sender.queueName].includes(account)
  return isHere && isOwn && isUndecided(journal, { project, account: sender.account })
}

function lineOf(what: string, allowed: boolean, url: string | null): string {
  return `${what}: ${allowed ? `goes to ${url ?? 'no target'}` : 'waits for a consent'}\n`
}
