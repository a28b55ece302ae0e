export { asObject, type JsonObject } from './json.ts'
export { envelopeProblems, type EventEnvelope } from './envelope.ts'
export { isEventId } from './event-id.ts'
export { DEEPEST, RETIRED_NAMES, unstorable } from './storable.ts'
