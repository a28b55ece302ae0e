import type { Mutation } from '../mutations/document.ts'

type Fields = Readonly<Record<string, unknown>>

/** Answers of GitHub that contradict themselves, or say that nothing is solved; none for other answers. */
export function answersThatHold(text: string): Mutation[] {
  const answer = JSON.parse(text) as Fields | readonly Fields[]
  if (Array.isArray(answer)) return eventsThatHold(answer as readonly Fields[])
  const fields = answer as Fields
  if (fields['data'] !== undefined) return closingPullsThatHold(text)
  return changesOf(fields).map((change) => holding(change, { ...fields, ...change }))
}

function changesOf(fields: Fields): Fields[] {
  if (fields['merged'] === true)
    return [
      ...[{ merged_at: null }, { merged: false }, { state: 'open' }],
      { merged: false, merged_at: null },
    ]
  if (fields['state'] !== 'closed' || fields['state_reason'] !== 'completed') return []
  return [
    { state: 'open', closed_at: null, state_reason: null, closed_by: null },
    ...[{ state_reason: 'not_planned' }, { state_reason: 'duplicate' }],
    ...[{ state_reason: null }, { closed_at: null }, { state_reason: 'reopened' }],
  ]
}

/** A closing without its time is neither before a re-opening nor after it; a later re-opening undoes a fix. */
function eventsThatHold(events: readonly Fields[]): Mutation[] {
  const untimed = events.flatMap((one, at) => {
    const { created_at: time, ...rest } = one
    const isTimed = ['closed', 'reopened'].includes(String(rest['event'])) && time !== undefined
    return isTimed ? [holding({ at, ...rest }, events.with(at, rest))] : []
  })
  const closing = events.find(({ event }) => event === 'closed')
  if (closing === undefined) return untimed
  const again = { ...closing, event: 'reopened', created_at: '2099-01-01T00:00:00Z' }
  const unnamed = ['a'.repeat(39), 'A'.repeat(40), 'HEAD'].map((name) =>
    holding({ commit_id: name }, [...events, { ...closing, commit_id: name }]),
  )
  return [
    ...[...untimed, ...unnamed],
    holding('re-opened after its fix', [...events, again]),
    holding('re-opened after its fix, told first', [again, ...events]),
  ]
}

/** Pull requests that have to be merged into `main`: all else of them may be as it is. */
export function mergesElsewhere(text: string): Mutation[] {
  const answer = JSON.parse(text) as Fields
  return ['develop', 'Main', 'main ', 'refs/heads/main', ''].map((ref) =>
    holding(`merged into ${ref}`, { ...answer, base: { ...(answer['base'] as Fields), ref } }),
  )
}

/** What GraphQL says of the pull request that closed an issue. */
function closingPullsThatHold(text: string): Mutation[] {
  const others: readonly (readonly [from: RegExp, to: string])[] = [
    ...['OPEN', 'CLOSED', 'DRAFT', 'merged'].map(
      (state) => [/"state":"MERGED"/, `"state":"${state}"`] as const,
    ),
    [/"merged":true/, '"merged":false'],
    [/"mergeCommit":\{[^}]*\}/, '"mergeCommit":null'],
    [/"nameWithOwner":"[^"]*"/, '"nameWithOwner":"somebody/else"'],
    [/"hasNextPage":false/, '"hasNextPage":true'],
  ]
  return others
    .filter(([from]) => from.test(text))
    .map(([from, to]) => ({
      ...{ what: to, kind: 'contradiction' },
      bytes: () => Buffer.from(text.replace(from, to)),
    }))
}

function holding(what: unknown, answer: unknown): Mutation {
  return {
    ...{ what: JSON.stringify(what).slice(0, 200), kind: 'contradiction' },
    bytes: () => Buffer.from(JSON.stringify(answer)),
  }
}
