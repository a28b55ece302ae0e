import { resolve } from 'node:path'
import {
  auditEntries,
  discardFailed,
  exportFailed as copyFailed,
  failuresOf,
  listFailed,
  openJournal,
  readJournal,
  retryFailed,
  writeFailed,
  type Decider,
  type Journal,
  type LedgerEntry,
} from '@canary-gate/sync-engine'
import { argument, flag, usage, whole, type Call } from '../command/define.ts'
import { finish, type Said } from '../command/finish.ts'
import { contextOf, deciderOf } from './call-context.ts'

const MOST = 1_000_000

export function list(call: Call): number {
  const limit = whole(call, 'limit', { from: 1, to: MOST, otherwise: 50 })
  return reading(call, (journal) => {
    const failed = listFailed(journal, limit)
    const isNone = failed.length === 0
    return finish(call, 0, {
      json: { failed: failed.map(failureJson) },
      text: isNone
        ? 'No event was refused for good.\n'
        : `${failed.map(failureLine).join('\n')}\n${NEXT}`,
    })
  })
}

const NEXT = `  next: spec-kitty sync failed retry --all
  next: spec-kitty sync failed discard <id> (nobody needs it there)
`

export function show(call: Call): number {
  const eventId = argument(call, 0)
  return reading(call, (journal) => {
    const failures = failuresOf(journal, eventId)
    const decisions = auditEntries(journal, MOST).filter(({ subject }) => subject === eventId)
    const text = failures[0]?.envelope ?? null
    return finish(call, 0, {
      json: {
        event_id: eventId,
        failures: failures.map(failureJson),
        decisions: decisions.map(decisionJson),
        event_text: text,
      },
      text: [
        ...failures.map(failureLine),
        ...decisions.map(
          ({ atMs, who, command }) => `${new Date(atMs).toISOString()}  ${who}: ${command}`,
        ),
        text ?? 'its text was removed by gc or archive',
        '',
      ].join('\n'),
    })
  })
}

export function exportFailed(call: Call): number {
  return writing(call, (journal, by) => {
    const given = argument(call, 0)
    if (given === '-') {
      if (flag(call, 'json'))
        throw usage(call, 'with - the events are the output; leave out --json')
      writeFailed(journal, call.io.raw, by)
      return 0
    }
    const exported = copyFailed(journal, resolve(call.io.cwd, given), by)
    return finish(call, 0, { json: { exported }, text: `${exported} event(s) written\n` })
  })
}

export function retry(call: Call): number {
  return decided(call, retryFailed, (count) => ({
    json: { reopened: count },
    text: `${count} event(s) will be sent again by: spec-kitty sync now\n`,
  }))
}

export function discard(call: Call): number {
  return decided(call, discardFailed, (count) => ({
    json: { discarded: count },
    text: `${count} event(s) are not sent again; they stay in the journal\n`,
  }))
}

function decided(call: Call, act: typeof retryFailed, said: (count: number) => Said): number {
  const ids = call.args.filter((id) => id !== undefined)
  if (ids.length === 0 && !flag(call, 'all')) throw usage(call, 'name an event, or add --all')
  if (ids.length > 0 && flag(call, 'all')) throw usage(call, 'name events, or give --all, not both')
  return writing(call, (journal, by) =>
    finish(call, 0, said(act(journal, ids.length === 0 ? 'all' : ids, by))),
  )
}

function reading(call: Call, work: (journal: Journal) => number): number {
  const journal = readJournal({ home: contextOf(call).paths.home, now: call.io.now })
  try {
    return work(journal)
  } finally {
    journal.close()
  }
}

function writing(call: Call, work: (journal: Journal, by: Decider) => number): number {
  const context = contextOf(call)
  const journal = openJournal({ home: context.paths.home, now: call.io.now, frees: true })
  try {
    return work(journal, deciderOf(call, context))
  } finally {
    journal.close()
  }
}

function failureLine({ eventId, canonicalUrl, attempts, detail, category }: LedgerEntry): string {
  const why = detail ?? category ?? 'no reason was given'
  return `${eventId}  refused by ${canonicalUrl} after ${attempts} attempt(s): ${why}`
}

function failureJson(entry: LedgerEntry): object {
  return {
    event_id: entry.eventId,
    target_id: entry.targetId,
    target_url: entry.canonicalUrl,
    attempts: entry.attempts,
    last_attempted_at: new Date(entry.lastAttemptedAtMs).toISOString(),
    http_status: entry.httpStatus ?? null,
    category: entry.category ?? null,
    error: entry.detail ?? null,
  }
}

function decisionJson({ atMs, who, command, action, detail }: ReturnType<typeof auditEntries>[0]) {
  return { at: new Date(atMs).toISOString(), who, command, action, detail }
}
