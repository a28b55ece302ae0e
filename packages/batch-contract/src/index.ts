// The envelope of an event, and what can be stored of it.
export { envelopeProblems, type EventEnvelope } from './envelope.ts'
export { isEventId } from './event-id.ts'
export { DEEPEST, RETIRED_NAMES, unstorable } from './storable.ts'

// Whether two texts say the same, to the last digit.
export { canonicalJson } from './canonical.ts'
export { isDeeperThan } from './json-depth.ts'
export { JsonScanner } from './json-scan.ts'
export { asObject, type JsonObject } from './json.ts'
