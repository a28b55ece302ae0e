import type { z } from 'zod'
import type { EvidenceRules } from '../attestation/rules.ts'
import type { Evidence } from '../evidence/run-evidence.ts'
import type { Notifier } from '../notify/notifier.ts'
import type { PageParts } from '../page/page.ts'
import type { Finding } from './finding.ts'
import type { FactSchemas, GateRun } from './run.ts'
import type { ReuseRule } from './reuse.ts'
import type { PublicationStep } from './step.ts'
import type { WaiverSource } from './waivers.ts'
import { loadJsonWorld } from './world.ts'

/** A state that the gate reaches when something was published, and the name of that event. */
export interface PublishedMilestone {
  readonly event: string
  readonly state: string
}

/** One row of the table that is the gate. */
export interface RequirementRow<
  World = unknown,
  Facts extends FactSchemas = FactSchemas,
  Id extends string = string,
> {
  /** `<spec>/<local id>`, e.g. `GATE/FR-001`; the name of its test file begins with the local id. */
  readonly id: Id
  /** The requirement in one sentence: test title, evidence, trace and pages take it from here. */
  readonly text: string
  /** Returns for a pass; throws a GateStop, or fails an assertion, for everything else. */
  verify(run: GateRun<World, Facts>): Promise<void>
  /** The state that the gate is in once this requirement passed. */
  readonly reaches?: string
  /** True where an owner may go on in spite of its stop (docs/waivers.md); without it, never. */
  readonly waivable?: boolean
  /** When the proof of a stopped run may be re-used; without it, the requirement is proven each time. */
  readonly reuse?: ReuseRule<NoInfer<Id>, NoInfer<Facts>>
  /**
   * What is published for this requirement once every requirement passed; its pass is final when that
   * was read back, and not before.
   */
  readonly publish?: PublicationStep<GateRun<World, Facts>> & {
    readonly reaches?: readonly PublishedMilestone[]
  }
}

/** What evidence repeats of a run's facts; all of it may be missing where the run stopped early. */
export interface RunSummary {
  /** Name of the world, e.g. `rehearsal`. */
  readonly world?: string
  readonly candidate?: { readonly tag: string; readonly version: string; readonly commit: string }
  readonly attempt?: { readonly folder: string; readonly manifestSha256: string | null }
  /** What this run proved repeatedly, part by part, and how often each part passed and failed. */
  readonly repeated?: Evidence['repeated']
  /** Texts that are, or were to be, published, by name: kept beside the evidence. */
  readonly drafts?: Readonly<Record<string, string>>
}

export interface GateDefinition<World, Facts extends FactSchemas, Id extends string> {
  /** Shown in titles of pages and reports. */
  readonly title: string
  /** The folder of the checkout, absolute: runs are kept below it, test files named from it. */
  readonly root: string
  /** Folder of the test files, below the root; `gate` if left out. */
  readonly folder?: string
  /**
   * Files and folders, below the root, that decide what a pass means, besides the test folder. This
   * project's own packages need not be named: they always do.
   */
  readonly sources?: readonly string[]
  /** The data that the gate works with: addresses, commands, folders. */
  readonly world: z.ZodType<World>
  /**
   * Reads the configuration of a world. Without it, the file is JSON and has to fit the schema.
   *
   * @throws ConfigurationError that says what is wrong with the file and what to write there
   */
  loadWorld?(file: string): Promise<World>
  readonly facts: Facts
  /** In the order in which they are proven; what is published comes last. */
  readonly requirements: readonly RequirementRow<World, Facts, Id>[]
  /** Repeats facts for the evidence. Called after every run, whatever it came to. */
  summary?(run: GateRun<World, Facts>): Promise<RunSummary>
  /** What is left to do after a release, one sentence. */
  readonly afterRelease?: string
  /** What an auditor checks of this gate's own documents; without it only the evidence is attested. */
  readonly evidence?: EvidenceRules
  /** File of the key that signs the evidence, where the world names one. */
  signingKey?(world: World): string | undefined
  /** The waivers that an owner signed, where the world names any. */
  waivers?(world: World): WaiverSource | undefined
  /** The program that is started at every end of a run, where the world names one. */
  notifier?(world: World): Notifier | undefined
  /** The same from a configuration file that is wrong elsewhere; undefined where that cannot be read. */
  notifierIn?(file: string): Promise<Notifier | undefined>
  /** Values of this process that are secrets in this world: none is ever stored or shown. */
  secrets?(world: World): readonly string[]
  /** What the page of a run shows of this gate's own facts. */
  page?(run: GateRun<World, Facts>, evidence: Evidence): Promise<PageContent>
  /**
   * What the verdict rests on and may change while the gate runs, in the order of the requirements: it
   * is looked at again right before anything is published.
   */
  readonly lastLook?: readonly LastLook<GateRun<World, Facts>, NoInfer<Id>>[]
  /** Looks at everything that a run in a configured world will need; changes nothing, and reads only. */
  examine?(world: World, at: ExaminedFrom): Promise<readonly Finding[]>
  /** Commands of `canary-gate` that are for gates of this kind alone, by name, e.g. `candidates`. */
  readonly commands?: readonly string[]
  /** What each run repeats, as often as its configuration says. */
  readonly repeats?: Repeated
  /** Folders in which the gate's programs write, in addition to the run's: their disks are looked at. */
  writesTo?(world: World): readonly string[]
  /** Pause in milliseconds between the last write and reading everything back; 15 s if left out. */
  readBackAfterMs?(run: GateRun<World, Facts>): number
}

/** The process that examines a world. */
export interface ExaminedFrom {
  readonly environment: NodeJS.ProcessEnv
  readonly now: () => Date
  /** Folder of all runs: what earlier ones recorded may stop the next. */
  readonly runs: string
}

/** A proof that is repeated, so that what fails now and then is found. */
export interface Repeated {
  /** As the subject of a sentence, e.g. `the canary`. */
  readonly what: string
  readonly fewest: number
  /** What is written in the configuration for a number of repetitions. */
  setting(times: number): string
}

/** One thing that is looked at again right before publication. */
export interface LastLook<Run = GateRun, Id extends string = string> {
  /** The requirement that it proves. */
  readonly requirement: Id
  /** Told to the operator while it is looked at. */
  readonly what: string
  /** Throws a GateStop where it does not hold any more. */
  look(run: Run): Promise<void>
}

/** The page's parts that a definition knows; what was written elsewhere is the kernel's to know. */
export type PageContent = Omit<PageParts, 'writes'>

/** A gate as the kernel knows it: its table, without the types of its world and its facts. */
export interface Gate {
  readonly title: string
  readonly root: string
  readonly folder: string
  readonly sources: readonly string[]
  readonly afterRelease: string
  readonly world: z.ZodType
  readonly facts: FactSchemas
  readonly requirements: readonly RequirementRow[]
  /** Ids in the order of the table. */
  readonly order: readonly string[]
  /** Every state, in the order in which the gate reaches them, `STOPPED` last. */
  readonly states: readonly string[]
  readonly evidence: EvidenceRules
  readonly lastLook: readonly LastLook[]
  readonly commands: readonly string[]
  readonly repeats: Repeated | undefined
  /** Undefined for a gate whose configuration has only to fit its schema. */
  readonly examine: ((world: unknown, at: ExaminedFrom) => Promise<readonly Finding[]>) | undefined
  summary(run: GateRun): Promise<RunSummary>
  readBackAfterMs(run: GateRun): number
  loadWorld(file: string): Promise<unknown>
  signingKey(world: unknown): string | undefined
  waivers(world: unknown): WaiverSource | undefined
  notifier(world: unknown): Notifier | undefined
  notifierIn(file: string): Promise<Notifier | undefined>
  secrets(world: unknown): readonly string[]
  writesTo(world: unknown): readonly string[]
  page(run: GateRun | undefined, evidence: Evidence): Promise<PageContent>
}

/** A gate whose ids, facts and world its own files know by type. */
export type DefinedGate<World, Facts extends FactSchemas, Id extends string> = Gate & {
  readonly order: readonly Id[]
  readonly facts: Facts
  readonly world: z.ZodType<World>
}

/** The state of a run that has begun. */
export const FIRST_STATE = 'IDLE'
/** The state that nothing leaves: the first stop leads there. */
export const STOPPED = 'STOPPED'
/** The last state of a gate whose table names no states. */
const COMPLETE = 'GATE_COMPLETE'

/**
 * Defines a gate. The table is checked here, so that a mistake in it is found when the gate is loaded
 * and not after hours.
 *
 * @throws Error naming the row and what is wrong with it
 */
export function defineGate<World, Facts extends FactSchemas, const Id extends string>(
  definition: GateDefinition<World, Facts, Id>,
): DefinedGate<World, Facts, Id> {
  // The kernel calls with facts and world exactly what was typed with them here.
  const untyped = definition as unknown as GateDefinition<unknown, FactSchemas, Id>
  const requirements = withLastState(untyped.requirements)
  refuseWrongRows(requirements)
  const { title, root, world, facts, folder = 'gate', sources = [], afterRelease } = definition
  return {
    ...{ title, root, folder, sources, world, facts, requirements },
    afterRelease: afterRelease ?? 'the release decision is yours',
    order: requirements.map(({ id }) => id),
    states: [FIRST_STATE, ...requirements.flatMap((row) => statesOf(row)), STOPPED],
    loadWorld: (file) => definition.loadWorld?.(file) ?? loadJsonWorld(world, file),
    lastLook: untyped.lastLook ?? [],
    ...{ commands: definition.commands ?? [], repeats: definition.repeats },
    examine: untyped.examine?.bind(untyped),
    readBackAfterMs: (run) => untyped.readBackAfterMs?.(run) ?? 15_000,
    summary: (run) => untyped.summary?.(run) ?? Promise.resolve({}),
    evidence: definition.evidence ?? noRules,
    signingKey: (known) => untyped.signingKey?.(known),
    waivers: (known) => untyped.waivers?.(known),
    notifier: (known) => untyped.notifier?.(known),
    notifierIn: async (file) => definition.notifierIn?.(file),
    secrets: (known) => untyped.secrets?.(known) ?? [],
    writesTo: (known) => untyped.writesTo?.(known) ?? [],
    page: async (run, of) =>
      (run === undefined ? undefined : await untyped.page?.(run, of)) ?? plainPage(of),
  }
}

/** A gate that says nothing about its documents: its evidence alone is attested. */
const noRules: EvidenceRules = {
  inputsOf: () => Promise.resolve([]),
  logsOf: () => Promise.resolve([]),
  candidateOf: () => Promise.resolve(undefined),
  contradictions: () => Promise.resolve([]),
}

function plainPage({ verdict, world }: Evidence): PageContent {
  return {
    worth: verdict === 'release' ? 'Every requirement passed.' : 'Nothing is released.',
    isRehearsal: world === 'rehearsal',
    sections: [],
    documentsOf: () => [],
  }
}

type PublishedRow = RequirementRow & Required<Pick<RequirementRow, 'publish'>>

/** The rows that are proven by reading back what was published, in order. */
export function publishedRows(gate: Gate): readonly PublishedRow[] {
  return gate.requirements.filter((row): row is PublishedRow => row.publish !== undefined)
}

/** The row of an id, or undefined for text that is not an id of this gate. */
export function rowOf(gate: Gate, id: string): RequirementRow | undefined {
  return gate.requirements.find((row) => row.id === id)
}

function statesOf({ reaches, publish }: Pick<RequirementRow, 'reaches' | 'publish'>): string[] {
  return [
    ...(reaches === undefined ? [] : [reaches]),
    ...(publish?.reaches ?? []).map(({ state }) => state),
  ]
}

/** A table that names no state has one: that in which everything is done. */
function withLastState<Id extends string>(
  rows: readonly RequirementRow<unknown, FactSchemas, Id>[],
): readonly RequirementRow<unknown, FactSchemas, Id>[] {
  const last = rows.findLast(({ publish }) => publish !== undefined) ?? rows.at(-1)
  if (last === undefined || rows.some((row) => statesOf(row).length > 0)) return rows
  const complete =
    last.publish === undefined
      ? { ...last, reaches: COMPLETE }
      : { ...last, publish: { ...last.publish, reaches: [{ event: 'complete', state: COMPLETE }] } }
  return rows.map((row) => (row === last ? complete : row))
}

function refuseWrongRows(rows: readonly RequirementRow[]): void {
  const [first] = rows
  if (first === undefined) throw new Error('a gate needs at least one requirement')
  for (const { id, text } of rows) {
    if (!/^[A-Z][A-Z0-9]*\/[A-Z][\w-]*$/.test(id))
      throw new Error(`"${id}" cannot be the id of a requirement; write e.g. GATE/FR-001`)
    if (text.trim() === '' || text.includes('\n'))
      throw new Error(`${id} needs its requirement as one line of text`)
  }
  refuseTwice(
    'id',
    rows.map(({ id }) => id.toLowerCase()),
  )
  refuseTwice(
    'sentence',
    rows.map(({ text }) => text),
  )
  refuseTwice('state', [FIRST_STATE, STOPPED, ...rows.flatMap((row) => statesOf(row))])
  const both = rows.find(({ waivable, publish }) => waivable === true && publish !== undefined)
  if (both !== undefined) throw new Error(`${both.id} is published, so it cannot be waived`)
  refuseTwice(
    'published step',
    rows.flatMap(({ publish }) => publish?.name ?? []),
  )
  refuseUnknownReuse(rows)
}

function refuseTwice(what: string, names: readonly string[]): void {
  const twice = names.find((name, place) => names.indexOf(name) !== place)
  if (twice !== undefined) throw new Error(`the ${what} "${twice}" appears twice in the table`)
}

function refuseUnknownReuse(rows: readonly RequirementRow[]): void {
  const known = rows.map(({ id }) => id)
  for (const { id, reuse } of rows) {
    const named = [...(reuse?.needs ?? []), ...(reuse?.after ?? [])]
    const unknown = named.find((other) => !known.includes(other))
    if (unknown !== undefined) throw new Error(`the re-use rule of ${id} names ${unknown}`)
  }
}
