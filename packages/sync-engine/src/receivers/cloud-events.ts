import { asString, parseObject } from '../base/json.ts'
import { JsonScanner } from '@canary-gate/batch-contract'

export const CLOUD_EVENTS_TYPE = 'application/cloudevents-batch+json; charset=UTF-8'

/**
 * The events of a batch as CloudEvents 1.0 in the JSON batch format. `data` is the text of the event as it
 * was captured, byte for byte: no number passes through a double.
 * @param body `{"events":[…]}`
 */
export function cloudEventsBatch(body: Buffer): Buffer {
  return Buffer.from(`[${eventTexts(body.toString('utf8')).map(cloudEvent).join(',')}]`)
}

function cloudEvent(text: string): string {
  const event = parseObject(text) ?? {}
  const read = (key: string): string | undefined => asString(event[key])
  const time = read('occurred_at') ?? read('timestamp')
  const attributes = {
    specversion: '1.0',
    id: read('event_id') ?? '',
    source: `urn:uuid:${read('project_uuid') ?? ''}`,
    type: `spec-kitty.${read('event_type') ?? 'unknown'}`,
    ...(isTime(time) ? { time } : {}),
    ...(isGiven(read('aggregate_id')) ? { subject: read('aggregate_id') } : {}),
    datacontenttype: 'application/json',
  }
  return `${JSON.stringify(attributes).slice(0, -1)},"data":${text}}`
}

function isGiven(text: string | undefined): boolean {
  return text !== undefined && text !== ''
}

/** RFC 3339: with seconds and an offset. */
function isTime(text: string | undefined): boolean {
  return (
    text !== undefined && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.test(text)
  )
}

/** The text of each member of the list `events`. */
function eventTexts(batch: string): string[] {
  const scanner = new JsonScanner(batch)
  const texts: string[] = []
  let isInEvents = false
  let from = 0
  for (let token = scanner.next(); token !== undefined; token = scanner.next()) {
    if (token === 'key' && scanner.depth === 1) isInEvents = scanner.token() === '"events"'
    if (!isInEvents) continue
    if (token === 'begin-object' && scanner.depth === 3) from = scanner.from
    if (token === 'end-object' && scanner.depth === 2) texts.push(batch.slice(from, scanner.end))
  }
  return texts
}
