import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import type { SerializedError } from 'vitest'
import type { Reporter, TestCase, TestModule, TestSpecification, Vitest } from 'vitest/node'
import {
  asIfPassed,
  beginRun,
  finishRun,
  type Gate,
  type Interrupted,
  makeRunId,
  modulePassed,
  type ModuleObservation,
  recordEvent,
  requirementOfFile,
  type RunManner,
  type RunObservation,
  stopReportOf,
  writePassToken,
  writeWaivedToken,
} from '@canary-gate/gate-kernel'
import { type HeldGate, holdGate } from './held-gate.ts'
import { settingsOfWorld, tellWithoutVerdict } from './notify-end.ts'
import { messageOf, observeModule } from './observe.ts'
import { unexpectedReporters } from './own-reporters.ts'
import { OperatorScreen } from './operator-screen.ts'
import {
  changedSettings,
  unexpectedOptions,
  unexpectedVariables,
  unexpectedWords,
} from './pinned.ts'
import { addedTo, referenceOf, type Settings, settingsOf } from './reference.ts'
import { passedOf, reuseOf, timeOf } from './wording.ts'

/**
 * Marks the reporter: a plugin adds it once per configuration, and where `instanceof` can miss a
 * second copy of this class, the registered symbol cannot.
 */
export const EVIDENCE_REPORTER = Symbol.for('canary-gate.evidence-reporter')

/** What the reporter follows, and how it was asked to. */
export interface Followed {
  readonly gate: Gate
  /** As in {@link GateConfigOptions}. */
  readonly globalSetup: string | undefined
  /** Folder of all runs, normally `artifacts/gate`. */
  readonly artifacts: string
  readonly environment: NodeJS.ProcessEnv
  /** The command line after `vitest`. */
  readonly words: readonly string[]
}

/** One run of the gate as the reporter follows it. */
interface Following {
  readonly folder: string
  readonly startedAt: Date
  /** Of the gate when the run began, and of its world when the first requirement did. */
  readonly held: HeldGate
  /** What the pinned configuration alone would be; made while the first requirement runs. */
  readonly reference: Promise<Settings>
  readonly selected: readonly string[]
  readonly foreignModules: readonly string[]
  /** Modules in the order in which they ended. */
  readonly ended: ModuleObservation[]
  /** The requirement under way. */
  current: string | undefined
  stopped: boolean
  problem?: RunObservation['problem']
}

/**
 * Follows a run of the gate: begins the run folder, writes a pass token for each module that
 * demonstrably passed, tells the operator what is under way, and at the end judges, publishes and
 * writes the evidence. In a run without gate files it does nothing.
 */
export class EvidenceReporter implements Reporter {
  readonly #gate: Gate
  readonly #globalSetup: string | undefined
  /** The configured world as JSON, or an empty one: for a gate without a set-up of its own. */
  world = '{}'
  readonly #artifacts: string
  readonly #environment: NodeJS.ProcessEnv
  readonly #words: readonly string[]
  #vitest: Vitest | undefined
  #following: Following | undefined
  readonly #screen: OperatorScreen

  constructor({ gate, globalSetup, artifacts, environment, words }: Followed) {
    Object.defineProperty(this, EVIDENCE_REPORTER, { value: true })
    this.#gate = gate
    this.#globalSetup = globalSetup
    this.#artifacts = artifacts
    this.#environment = environment
    this.#words = words
    this.#screen = new OperatorScreen(gate, environment)
  }

  onInit(vitest: Vitest): void {
    this.#vitest = vitest
    this.#screen.showOn(vitest)
  }

  async onTestRunStart(specifications: readonly TestSpecification[]): Promise<void> {
    const own = specifications.filter((one) => one.project.name === this.#gate.folder)
    const [first] = own
    if (first === undefined) return
    const startedAt = new Date()
    const wanted = this.#environment['CANARY_GATE_RUN_ID']
    const id = wanted ?? makeRunId(startedAt, randomBytes(2).toString('hex'))
    const folder = join(this.#artifacts, id)
    await beginRun(this.#artifacts, id, startedAt, {
      dryRun: this.#isDryRun(),
      resumes: this.#environment['CANARY_GATE_RESUME'],
    }).catch((error: unknown) => this.#notBegun(folder, error))
    first.project.provide('runFolder', folder)
    first.project.provide('gateOrder', this.#gate.order)
    first.project.provide('gateWorld', this.world)
    const root = first.project.config.root
    const reference = referenceOf(this.#gate, this.#globalSetup)
    // Its failure is told where it is needed: at the end.
    reference.catch(() => undefined)
    this.#following = {
      ...{ folder, startedAt, held: holdGate(this.#gate, folder) },
      reference,
      selected: own.map((one) => relative(root, one.moduleId)),
      foreignModules: specifications
        .filter((one) => !own.includes(one))
        .map((one) => relative(root, one.moduleId)),
      ended: [],
      current: undefined,
      stopped: false,
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, this.#interrupted)
  }

  onTestCaseAnnotate(_test: TestCase, annotation: { message: string; type: string }): void {
    if (this.#following && annotation.type === 'progress') this.#screen.tell(annotation.message)
  }

  onTestModuleStart(module: TestModule): void {
    const id = requirementOfFile(this.#gate.order, module.moduleId)
    this.#following?.held.beginRequirement()
    // After a stop the latch skips the rest; there is nothing to tell about it.
    if (this.#following?.stopped !== false || id === undefined) return
    this.#screen.requirementBegins(id)
    this.#following.current = id
  }

  async onTestModuleEnd(module: TestModule): Promise<void> {
    const following = this.#following
    this.#screen.requirementEnds()
    if (following === undefined || module.project.name !== this.#gate.folder) return
    const seen = observeModule(module)
    following.ended.push(seen)
    const id = requirementOfFile(this.#gate.order, seen.file)
    const isWaived = asIfPassed(this.#gate.order, seen) !== undefined
    if (id === undefined || !(isWaived || modulePassed(this.#gate.order, seen))) {
      if (!following.stopped) this.#screen.say(`  STOP ${id ?? seen.file}`)
      following.stopped = true
      return
    }
    try {
      await this.#goOn(following.folder, id, isWaived)
    } catch (error) {
      following.problem ??= { id, stop: stopReportOf(error) }
      following.stopped = true
      this.#screen.say(`  STOP ${id}`)
      return
    }
    this.#screen.say(
      isWaived
        ? `  WAIVED ${id} did not pass; the run goes on and releases nothing`
        : `  ok  ${seen.tests[0]?.title ?? id}${reuseOf(seen)}${timeOf(seen)}`,
    )
  }

  /** Records what lets the next requirement begin. */
  async #goOn(folder: string, id: string, isWaived: boolean): Promise<void> {
    const now = new Date()
    if (isWaived) return writeWaivedToken(folder, id, now)
    await writePassToken(folder, id, now)
    await recordEvent(this.#gate, folder, { type: 'passed', id }, now)
  }

  async onTestRunEnd(
    _modules: readonly TestModule[],
    errors: readonly SerializedError[],
    reason: string,
  ): Promise<void> {
    const following = this.#following
    const vitest = this.#vitest
    if (following === undefined || vitest === undefined) return
    const finished = await finishRun({
      gate: this.#gate,
      artifacts: this.#artifacts,
      folder: following.folder,
      startedAt: following.startedAt,
      observation: await this.#observe(vitest, following, errors, reason),
      configuration: this.#environment['CANARY_GATE_CONFIG'],
      ...{ gateSha256: await following.held.sha256, ...settingsOfWorld(this.#gate, this.world) },
      now: () => new Date(),
      progress: (message) => this.#screen.tell(message),
    }).catch((error: unknown) => {
      this.#screen.showUnwritten({
        ...this.#kept(following),
        stop: stopReportOf(error),
        begun: true,
      })
    })
    this.#following = undefined
    if (finished?.evidence.verdict !== 'release') process.exitCode = 1
    if (finished === undefined) return
    const { evidence, file, notified } = finished
    this.#screen.showVerdict(evidence, file)
    if (notified !== undefined) this.#screen.say(`  ${notified.text}\n`)
  }
  /** Nothing has been started yet: the process ends here, and an error would be shown with a stack. */
  #notBegun(folder: string, error: unknown): never {
    const stop = stopReportOf(error)
    const manner = this.#manner()
    const run = { folder, id: basename(folder), passed: 0, manner, publishing: false }
    this.#screen.showUnwritten({ ...run, stop, begun: false })
    this.#tell({ end: 'not-started', what: stop.what })
    process.exit(1)
  }

  /** Vitest ends the process right after the signal, or it is ended here: all that can be said and done. */
  readonly #interrupted = (signal: NodeJS.Signals): void => {
    if (this.#following === undefined) return
    const { folder, current } = this.#following
    this.#screen.showInterrupted({ ...this.#kept(this.#following), signal, during: current })
    this.#following = undefined
    this.#tell({ end: 'interrupted', what: `the run was interrupted by ${signal}`, folder })
    // Vitest knows nothing of a terminal that was closed.
    if (signal === 'SIGHUP') process.exit(129)
  }

  #tell(end: Parameters<typeof tellWithoutVerdict>[2]): void {
    const { notifier } = settingsOfWorld(this.#gate, this.world)
    this.#screen.say(tellWithoutVerdict(this.#gate, notifier, end))
  }

  #kept({ folder, ended }: Following): Omit<Interrupted, 'signal' | 'during'> {
    return {
      ...{ folder, id: basename(folder), manner: this.#manner() },
      passed: passedOf(this.#gate, ended),
      publishing: existsSync(join(folder, 'judgement.json')),
    }
  }

  #manner(): RunManner {
    const configuration = this.#environment['CANARY_GATE_CONFIG']
    return { configuration, dryRun: this.#isDryRun(), gate: this.#gate.folder }
  }

  async #observe(
    vitest: Vitest,
    following: Following,
    errors: readonly SerializedError[],
    reason: string,
  ): Promise<RunObservation> {
    const project = vitest.projects.find((one) => one.name === this.#gate.folder)
    return {
      selected: following.selected,
      modules: following.ended,
      foreignModules: following.foreignModules,
      foreignOptions: [
        ...unexpectedWords(this.#words, this.#gate.folder),
        ...unexpectedOptions(vitest.config),
      ],
      changedSettings: project
        ? [
            ...changedSettings(this.#gate, this.#globalSetup, vitest.config, project.config),
            ...unexpectedReporters(vitest.config, EvidenceReporter),
            ...(await addedTo(following.reference, settingsOf(this.#gate, vitest))),
            ...(await following.held.changes()),
          ]
        : [`no project ${this.#gate.folder}`],
      foreignVariables: unexpectedVariables(this.#environment),
      dryRun: this.#isDryRun(),
      unhandledErrors: errors.map(messageOf),
      problem: following.problem,
      reason,
    }
  }

  #isDryRun(): boolean {
    return this.#environment['CANARY_GATE_DRY_RUN'] !== undefined
  }
}
