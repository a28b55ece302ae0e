import { Problem } from '../base/problem.ts'
import { asObject } from '@canary-gate/batch-contract'

/** What the headers say about the journal that a batch comes from. */
export interface ProducerHeaders {
  readonly id?: string | undefined
  readonly epoch?: string | undefined
  readonly instance?: string | undefined
}

export type Range = readonly [first: number, last: number]

/** Identity of a journal, with the number of each event where the sender counts them. */
export interface ProducerClaim {
  readonly id: string
  readonly epoch: number
  /** One installation of the journal; two of them under one identity are a copy. */
  readonly instance: string | undefined
  /** One number for each event of the batch, in the same order; undefined: gaps are not tracked. */
  readonly sequences: readonly number[] | undefined
  /** Numbers that will never be sent, for example of events that were superseded. */
  readonly skipped: readonly Range[]
}

/**
 * The identity of the producer from the headers and from the `producer` member of the body, which must
 * agree; undefined for a producer without identity.
 * @throws {Problem} `bad-request`
 */
export function readProducer(
  headers: ProducerHeaders,
  member: unknown,
  events: number,
): ProducerClaim | undefined {
  const body = member === undefined || member === null ? undefined : asObject(member)
  if (member !== undefined && member !== null && body === undefined)
    throw wrong('"producer" must be an object')
  const id = agreed('id', headers.id, body?.['id'])
  const epoch = agreed('epoch', headers.epoch, body?.['epoch'])
  if (id === undefined && epoch === undefined && body === undefined) return undefined
  return {
    ...identity(id, epoch),
    instance: instanceOf(agreed('instance', headers.instance, body?.['instance'])),
    sequences: sequencesOf(body?.['sequences'], events),
    skipped: skippedOf(body?.['skipped']),
  }
}

const NAME = /^[\w.-]{1,64}$/

function identity(
  id: string | undefined,
  epoch: string | undefined,
): Pick<ProducerClaim, 'id' | 'epoch'> {
  if (id === undefined || !NAME.test(id))
    throw wrong('the id of the producer must be 1 to 64 letters, digits, dots or hyphens')
  if (epoch === undefined || !/^\d+$/.test(epoch) || !isNumber(Number(epoch)))
    throw wrong('the epoch of the producer must be a whole number from 0')
  return { id, epoch: Number(epoch) }
}

function instanceOf(instance: string | undefined): string | undefined {
  if (instance === undefined || NAME.test(instance)) return instance
  throw wrong('the instance of the producer must be 1 to 64 letters, digits, dots or hyphens')
}

function agreed(name: string, header: string | undefined, member: unknown): string | undefined {
  if (member === undefined || member === null) return header
  if (typeof member !== 'string' && typeof member !== 'number')
    throw wrong(`"producer.${name}" must be a text or a number`)
  const text = String(member)
  if (header !== undefined && header !== text)
    throw wrong(`the ${name} of the producer differs between header and body`)
  return text
}

function sequencesOf(value: unknown, events: number): number[] | undefined {
  if (value === undefined || value === null) return undefined
  if (!Array.isArray(value) || !value.every(isNumber))
    throw wrong('"producer.sequences" must be a list of whole numbers from 0')
  if (value.length !== events)
    throw wrong(`"producer.sequences" has ${value.length} numbers for ${events} events`)
  if (new Set(value).size !== value.length) throw wrong('"producer.sequences" has a number twice')
  return value
}

function skippedOf(value: unknown): Range[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value) || !value.every(isRange))
    throw wrong('"producer.skipped" must be a list of [first, last]')
  return value
}

function isRange(value: unknown): value is Range {
  if (!Array.isArray(value) || value.length !== 2) return false
  const [first, last] = value as unknown[]
  return isNumber(first) && isNumber(last) && first <= last
}

function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function wrong(detail: string): Problem {
  return new Problem('bad-request', {
    detail,
    next: 'correct the identity of the producer (docs/batch-api.md), or leave it away',
  })
}

/** Ranges as PostgreSQL's `int8multirange` writes them. */
export function multirange(numbers: readonly number[], ranges: readonly Range[] = []): string {
  const all = [...runsOf(numbers), ...ranges]
  return `{${all.map(([first, last]) => `[${first},${last}]`).join(',')}}`
}

function runsOf(numbers: readonly number[]): Range[] {
  const runs: [number, number][] = []
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const last = runs.at(-1)
    if (last?.[1] === number - 1) last[1] = number
    else runs.push([number, number])
  }
  return runs
}
