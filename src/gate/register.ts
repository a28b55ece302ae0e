/* eslint max-lines: "off" -- the register is the one place where requirements are defined: a table,
   kept whole so that a reader finds every id of a spec on one page. */

/**
 * Every requirement of the three specs. Ids repeat between specs, so they are always written with
 * the prefix of theirs: `GATE/FR-001`, `BOUNDARY/D-3`, `SYNC/T049`. The texts are summaries in our
 * own words; tests name what they verify by these ids and the traceability report is computed from
 * this table. A test that names an id which is missing here does not compile.
 */
const gate = {
  'FR-001': 'Issues 1141 and 1182 are both closed before any later step runs.',
  'FR-002':
    'The change that closed 1141 alters the queue path and has a test that fails without it.',
  'FR-003':
    'The newest prerelease after rc15 is installed from the index; without one, the gate stops.',
  'FR-004': 'The owner and preflight modules import cleanly from the installed environment.',
  'FR-005': 'Both health endpoints answer 200, events are 5.1.0 or newer, no infra row failed.',
  'FR-006': 'The 22 historical business-rule rows are still terminal-failed and unmodified.',
  'FR-007': 'One canary run passes all four scenarios; a failure re-opens the matching blocker.',
  'FR-008': 'Four canary runs in a row all say "outcome": "pass".',
  'FR-009': 'No queue, database, daemon record, event or ingress cap is changed by hand.',
  'FR-010':
    'Each attempt keeps its evidence in a folder of its own; earlier attempts stay as they are.',
  'FR-011': 'After the four runs, one complete evidence comment stands on end-to-end issue 41.',
  'FR-012': 'End-to-end issue 41 is closed, after its evidence comment.',
  'FR-013': 'The Teamspace suite passes four times in a row and each log is kept.',
  'FR-014': 'One complete evidence comment stands on the release tracker, issue 1038.',
  'FR-015': 'The gate leaves the release tracker, issue 1038, open.',
  'NFR-001': 'All four run documents pass with zero manual interventions between them, measured.',
  'NFR-002': 'At every preflight the service is ready (200) with an infra failure count of 0.',
  'NFR-003': 'Evidence of a finished attempt is never modified afterwards.',
  'NFR-004': 'The installed CLI traces to a commit at or after the baseline cc5e1ca9.',
  'NFR-005': 'The Teamspace suite needs no clean-up retry; a failed run is root-caused first.',
  'C-001': 'Only a prerelease is installed; the final 3.2.0 is never cut.',
  'C-002': 'The 22 historical rows of the deployed service are never rebased, reset or modified.',
  'C-003': 'No local queue event is replayed or deleted to make the canary pass.',
  'C-004': 'The ingress size cap of the service is not raised to suppress a 413.',
  'C-005': 'No build from before the baseline commit cc5e1ca9 is used.',
  'C-006': 'Pull requests 42 and 44 are merged already: merging them is a recorded no-op.',
  'C-007': "The release decision is the operator's: no code path of the gate closes issue 1038.",
  'C-008': 'All work stays inside the prepared workspace; older checkouts are not used.',
} as const

const boundary = {
  'FR-001': 'Legacy event, body-upload and failure rows merge row by row; the source goes last.',
  'FR-002': 'Running the migration twice leaves the same state and no duplicate.',
  'FR-003':
    'Whenever a scope is resolvable and legacy tables exist, migration runs; no emptiness guard.',
  'FR-004': 'Each migrated row is logged with its table and stable key, never with its payload.',
  'FR-005': 'A starting daemon writes its complete owner record.',
  'FR-006': "The daemon's health endpoint returns the owner record without the token.",
  'FR-007': 'A sync action is refused on an owner mismatch, and the refusal names every field.',
  'FR-008':
    'Status shows the foreground, both databases with counts, the daemon and its mismatches.',
  'FR-009': 'The status check fails on a mismatch, on legacy rows of the scope, and on an orphan.',
  'FR-010': 'Doctor lists orphan daemons and offers a retirement command that works.',
  'FR-011': 'With sync enabled and nobody logged in, setup-plan refuses and says why.',
  'FR-012': 'What setup-plan emits lands in the active scope, never in the legacy database.',
  'FR-013': 'Stranded body uploads of setup-plan are reported with the slug of their mission.',
  'NFR-001': "Tests use temporary homes only, never the operator's own folder.",
  'NFR-002': 'The whole suite of the sync rooms passes.',
  'NFR-003': 'The boundary tests together take under 30 seconds.',
  'NFR-004': 'The sync engine and its command line pass the strictest type check.',
  'C-001': 'The product is fixed in code: no SQL surgery, no queue edits by hand.',
  'C-002': 'Tests end only processes that they started, never a live daemon.',
  'C-003': 'The events and service repositories are not changed.',
  'C-004': 'The boundary needs no further top-level dependency.',
  'C-005': 'The sync room passes the strictest type check.',
  'C-006': 'The owner record is written atomically, so that two daemons cannot tear it.',
  'D-1': 'Migration is a row-level merge by stable identity; duplicates are skipped.',
  'D-2': 'An owner record has twelve fields, from pid and port to database path and start time.',
  'D-3': 'Five fields decide a mismatch: version, executable, server, scope and database.',
  'D-4': 'A daemon is stale when its process is dead or its executable is gone.',
  'D-5':
    'Setup-plan with sync enabled requires a session; the refusal says what is not guaranteed.',
  'D-6': 'Every upload and event of setup-plan is routed by the one path authority.',
  'SC-1': 'Legacy rows of any mission move to the resolved scope and leave the legacy database.',
  'SC-2': 'Rows that name another scope are moved too, by identity and not by scope.',
  'SC-3': 'A daemon of another checkout fails the check, naming executable and source path.',
  'SC-4': 'Without a session setup-plan exits non-zero before a row is written anywhere.',
  'SC-5': 'With a session the uploads of setup-plan are counted in the scope, none in legacy.',
  'SC-6': "Status lists at least one orphan when an owner record's process is dead.",
} as const

const sync = {
  'FR-001': 'A successful upload updates delivery state; the payload survives for replay.',
  'FR-002': 'Delivery state is kept per event and target, with time and answer.',
  'FR-003': 'Events are retained without any target; one can be chosen later.',
  'FR-004': 'A drain sends only what has no terminal success for the active target.',
  'FR-005': 'After a change of server the same events go to the new one, without copying files.',
  'FR-006': 'Four modes are presets of two axes, retention and delivery.',
  'FR-007': "An operator's own endpoint is a target like any other, with the same ledger.",
  'FR-008': 'A local stub receiver lets forks test without a Teamspace key.',
  'FR-009': 'Status shows retained and delivered-per-target as separate numbers.',
  'FR-010': 'Only gc and archive destroy payloads; the ledger keeps its history.',
  'FR-011': 'Coalescing never changes an event that was delivered anywhere.',
  'FR-012': 'A changed deployment behind a stable URL is said, and a re-drain offered.',
  'FR-013': 'Every scoped and the legacy queue database is found and migrated without loss.',
  'FR-014': 'One receiver contract: endpoint, auth, result mapping, retry rules, gates.',
  'FR-015':
    'A permanent failure is terminal: out of later drains, inspectable, retried on request.',
  'FR-016': 'Config, environment, auth, network and status use one resolved target.',
  'FR-017': 'Capture comes before every gate.',
  'FR-018': 'Divergent duplicates are quarantined and audited, never merged or ignored.',
  'FR-019': "The status check's JSON is a contract for machines.",
  'NFR-001': 'Tests assert output and on-disk state, not call order.',
  'NFR-002':
    'Every outcome has a test, immutability of delivered events in the database among them.',
  'NFR-003': 'Delivering again is idempotent and keeps event ids.',
  'NFR-004': 'Journal size is shown; gc is suggested only when it is large and fully delivered.',
  'NFR-005': 'Migration is atomic per source database.',
  'NFR-006': 'Contracts grow additively.',
  'C-001': 'Journal and delivery are domains of their own.',
  'C-002': 'A target is its canonical URL and scope; deployment data is provenance.',
  'C-003': 'One target is active; the ledger is shaped for many.',
  'C-004': 'Deployment metadata of the hosted service is a later addition.',
  'C-005': 'Event ids never change.',
  'C-006': 'Body-upload tables are left as they are.',
  'C-007': 'The target is decided before migration and before a drain.',
  'C-008': 'No fact bound for Teamspace is discarded silently.',
  'SC-001': 'The same events reach A, then B, without copying files.',
  'SC-002': 'Every payload can be inspected until gc or archive.',
  'SC-003': 'Retained and delivered are distinct numbers.',
  'SC-004': 'Each terminal success records URL and scope.',
  'SC-005': 'The whole suite passes without Teamspace credentials.',
  'SC-006': 'Migrating several databases keeps every queued payload and invents no identity.',
  'SC-007': 'Every kind of target goes through one dispatch path.',
  'SC-008': 'Disagreeing URLs never pair the scope of one target with a call to another.',
  'SC-009': 'Events captured while blocked carry the reason and are delivered once it clears.',
  'SC-010': 'Status has the seven additive sections.',
  'SC-011': 'Divergent duplicates block the clean-up; identical ones merge with provenance.',
  T001: 'The resolved target carries the eight fields of its contract.',
  T002: 'Config file and environment resolve to one URL and an override mode.',
  T003: 'Queue scope and database path are derived, never selectors.',
  T004: 'The stored active scope is judged absent, matching, or stale and without authority.',
  T005: 'Disagreeing URLs are a whole-process override or a refusal before the network.',
  T006: 'The resolver is tested for its fields, disagreement and stale scope.',
  T007: 'Config and runtime read the resolver.',
  T008: 'Login and readiness read the resolver.',
  T009: 'Preflight and owner read the resolver; scope is derived.',
  T010: 'The tracker client calls the resolved URL.',
  T011: 'Stream, tracker, scope and status share one resolved target.',
  T012: 'Wiring is tested: no split brain, a stale scope is ignored.',
  T013: 'The journal has a schema and an event record.',
  T014: 'The journal store only appends, per producer, and never deletes.',
  T015: 'Capture has a seam for coalescing that does nothing by itself.',
  T016: 'An event is written before any gate is looked at.',
  T017: 'A gate that blocks delivery leaves its reason and an audit trail.',
  T018: 'The journal refuses to drop facts bound for Teamspace silently.',
  T019: 'Events are durable with sync off or nobody logged in, and none coalesces.',
  T020: 'Delivery is a room of its own with its interfaces.',
  T021: 'Target identity is unique by URL, team and user.',
  T022: 'Endpoint URLs are canonicalised deterministically.',
  T023: 'Deployment metadata is recorded beside the identity.',
  T024: 'A change of that metadata raises advice and forks nothing.',
  T025: 'Identity, deployment churn and reset detection are tested.',
  T026: 'The ledger is keyed by event and target and can grow to many targets.',
  T027: 'Success and duplicate become terminal-success rows; the journal stays.',
  T028: 'Pending, rejected and transient failure are ledger states.',
  T029: 'Terminal failure is stored and its payload retained.',
  T030: 'Selection finds what the target lacks, without terminal failures.',
  T031: 'A query answers whether an event was delivered anywhere.',
  T032: 'Indexes, transitions and idempotent re-delivery are tested.',
  T033: 'The receiver protocol covers endpoint, auth, results, retry and gates.',
  T034: 'The Teamspace receiver posts batches with a bearer token behind its gates.',
  T035: "The external receiver uses the operator's URL and auth without Teamspace gates.",
  T036: 'The stub is a real receiver on a local socket without credentials.',
  T037: 'The batch contract grows by ledger-on-success; body uploads are untouched.',
  T038: 'Forks pass on the stub, and its ledger equals that of Teamspace.',
  T039: 'The select phase reads the active target and skips terminal failures.',
  T040: "The post phase goes through the active target's receiver.",
  T041: 'The record phase writes each outcome to the ledger and deletes nothing.',
  T042: 'A permanent failure becomes terminal and leaves selection.',
  T043: 'A new target is drained again from the start.',
  T044: 'Select, post and record stay simple, each of complexity 15 or less.',
  T045: 'Replay, skipping and progress past an oversized event are tested.',
  T046: 'Only events without a terminal delivery coalesce.',
  T047: 'For a delivered event a new row is written and the old one marked superseded.',
  T048: "The coalescing strategy is registered into the journal's seam.",
  T049: "A database test shows a delivered event's bytes unchanged under coalescing.",
  T050: 'Collapse, the superseded marker and immutability are tested.',
  T051: 'Event-sync configuration has the axes retention and delivery.',
  T052: 'The four presets exist.',
  T053: 'A mode resolves to its receiver and retention.',
  T054: 'Opting out discards only local facts; others are refused and audited.',
  T055: 'Each mode is tested by what it leaves on disk and sends.',
  T056: 'All scoped databases and the legacy one are discovered.',
  T057: 'An unknown digest stays unknown; no identity is invented.',
  T058: 'One transaction per source, and a second run changes nothing.',
  T059: 'Identical duplicates import once with all their provenance.',
  T060: 'Divergent duplicates leave an audit row, block the clean-up and exit non-zero.',
  T061: 'Event ids are never rewritten; only what is still queued survives.',
  T062: 'Events leave the queue tables for the journal; body-upload tables stay.',
  T063: 'Many sources, unknown digests and both kinds of duplicates are tested.',
  T064: 'Status JSON has seven further sections.',
  T065: 'Counts are distinct per kind and target, with the oldest time stamp.',
  T066: 'Gc and archive act only when asked and keep ledger history.',
  T067: 'Gc is suggested only for a large and fully delivered journal.',
  T068: 'Old counts stay; nothing presents body uploads as journal rows.',
  T069: 'The status contract grows and keeps its old fields.',
  T070: 'Sections, old fields, counts and the gc suggestion are tested.',
  T071: 'sync now drives the dispatcher, sync server the target authority.',
  T072: 'sync status and its check print the status report.',
  T073: 'sync gc and sync archive drive retention, only when asked.',
  T074: 'sync mode selects the configuration.',
  T075: 'Existing flags behave as before.',
  T076: 'Commands and flags say "mission" and carry no older alias.',
  T077: 'The command line is tested by its output, not by call order.',
} as const

export type SpecName = 'GATE' | 'BOUNDARY' | 'SYNC'
export type GateId = `GATE/${keyof typeof gate}`
export type RequirementId =
  GateId | `BOUNDARY/${keyof typeof boundary}` | `SYNC/${keyof typeof sync}`

/** Functional, non-functional, constraint, success criterion, decision, task. */
export type Kind = 'FR' | 'NFR' | 'C' | 'SC' | 'D' | 'T'

/** `partial`: advisory by the spec itself. `deferred`: put off by the spec, so it needs no test. */
export type Status = 'required' | 'partial' | 'deferred'

export interface Requirement {
  readonly id: RequirementId
  readonly spec: SpecName
  readonly kind: Kind
  readonly text: string
  readonly status: Status
}

const exceptions: Partial<Record<RequirementId, Status>> = {
  'SYNC/FR-012': 'partial',
  'SYNC/SC-004': 'partial',
  'SYNC/T024': 'partial',
  'SYNC/C-004': 'deferred',
}

/**
 * The order in which the gate proves its requirements. Constraints and NFRs stand where their
 * evidence first exists; what is published comes last, the operator's own decision at the very end.
 */
export const gateOrder = [
  'GATE/C-006',
  'GATE/FR-001',
  'GATE/FR-002',
  'GATE/FR-003',
  'GATE/C-001',
  'GATE/NFR-004',
  'GATE/C-005',
  'GATE/FR-004',
  'GATE/FR-005',
  'GATE/FR-006',
  'GATE/FR-007',
  'GATE/FR-008',
  'GATE/NFR-002',
  'GATE/NFR-001',
  'GATE/FR-010',
  'GATE/NFR-003',
  'GATE/FR-013',
  'GATE/NFR-005',
  'GATE/FR-009',
  'GATE/C-002',
  'GATE/C-003',
  'GATE/C-004',
  'GATE/C-008',
  'GATE/FR-011',
  'GATE/FR-012',
  'GATE/FR-014',
  'GATE/FR-015',
  'GATE/C-007',
] as const satisfies readonly GateId[]

/** All requirements, spec by spec, in the order of their ids. */
export const register: readonly Requirement[] = [
  ...entriesOf('GATE', gate),
  ...entriesOf('BOUNDARY', boundary),
  ...entriesOf('SYNC', sync),
]

const byId: ReadonlyMap<string, Requirement> = new Map(register.map((entry) => [entry.id, entry]))

/** The entry of an id, or undefined for text that is not one. */
export function findRequirement(id: string): Requirement | undefined {
  return byId.get(id)
}

/** The entry of an id that is known to exist. */
export function requirementOf(id: RequirementId): Requirement {
  const entry = byId.get(id)
  if (entry === undefined) throw new Error(`the register has no ${id}`)
  return entry
}

function entriesOf(spec: SpecName, table: Readonly<Record<string, string>>): Requirement[] {
  return Object.entries(table).map(([local, text]) => {
    const id = `${spec}/${local}` as RequirementId
    return { id, spec, kind: kindOf(local), text, status: exceptions[id] ?? 'required' }
  })
}

function kindOf(local: string): Kind {
  const letters = /^[A-Z]+/.exec(local)?.[0] ?? ''
  if (['FR', 'NFR', 'C', 'SC', 'D', 'T'].includes(letters)) return letters as Kind
  throw new Error(`the id ${local} begins with no known kind`)
}
