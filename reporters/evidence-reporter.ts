import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { basename, join, relative, sep } from 'node:path'
import type { SerializedError } from 'vitest'
import type { Reporter, TestCase, TestModule, TestSpecification, Vitest } from 'vitest/node'
import { requirementOfFile, writePassToken } from '../src/gate/latch/tokens.ts'
import { typedFormHere } from '../src/gate/program/place.ts'
import { publish } from '../src/gate/publication/publish.ts'
import { redact } from '../src/gate/redact.ts'
import { reusedFrom } from '../src/gate/report/judge.ts'
import { renderInterrupted } from '../src/gate/report/interrupted.ts'
import type { ModuleObservation, RunObservation } from '../src/gate/report/observation.ts'
import { colourInk, type Ink, plainInk, renderScreen } from '../src/gate/report/screen.ts'
import { modulePassed } from '../src/gate/report/weakenings.ts'
import { beginRun, makeRunId } from '../src/gate/run/begin.ts'
import { finishRun } from '../src/gate/run/finish.ts'
import { recordEvent } from '../src/gate/state/history.ts'
import { asTyped } from '../src/gate/typed-command.ts'
import { messageOf, observeModule } from './observe.ts'
import { changedSettings, foreignOptions, foreignVariables, foreignWords } from './pinned.ts'

/**
 * Marks the reporter: a plugin adds it once per configuration, and where `instanceof` can miss a
 * second copy of this class, the registered symbol cannot.
 */
export const EVIDENCE_REPORTER = Symbol.for('canary-gate.evidence-reporter')

/** A requirement that says nothing for this long is said to be running still. */
const HEARTBEAT_MS = 30_000

/** One run of the gate as the reporter follows it. */
interface Following {
  readonly folder: string
  readonly startedAt: Date
  readonly selected: readonly string[]
  readonly foreignModules: readonly string[]
  /** Modules in the order in which they ended. */
  readonly ended: ModuleObservation[]
  /** The requirement under way. */
  current: string | undefined
  stopped: boolean
}

/**
 * Follows a run of the gate: begins the run folder, writes a pass token for each module that
 * demonstrably passed, tells the operator what is under way, and at the end judges, publishes and
 * writes the evidence. In a run without gate files it does nothing.
 */
export class EvidenceReporter implements Reporter {
  readonly #artifacts: string
  readonly #environment: NodeJS.ProcessEnv
  readonly #words: readonly string[]
  #vitest: Vitest | undefined
  #following: Following | undefined
  #heartbeat: NodeJS.Timeout | undefined
  /** Printed before the first thing that is told about a requirement; short ones have none. */
  #heading: string | undefined

  /**
   * @param artifacts folder of all runs, normally `artifacts/gate`
   * @param words the command line after `vitest`
   */
  constructor(artifacts: string, environment: NodeJS.ProcessEnv, words: readonly string[]) {
    Object.defineProperty(this, EVIDENCE_REPORTER, { value: true })
    this.#artifacts = artifacts
    this.#environment = environment
    this.#words = words
  }

  onInit(vitest: Vitest): void {
    this.#vitest = vitest
  }

  async onTestRunStart(specifications: readonly TestSpecification[]): Promise<void> {
    const own = specifications.filter((one) => one.project.name === 'gate')
    const [first] = own
    if (first === undefined) return
    const startedAt = new Date()
    const wanted = this.#environment['CANARY_GATE_RUN_ID']
    const id = wanted ?? makeRunId(startedAt, randomBytes(2).toString('hex'))
    const folder = await beginRun(this.#artifacts, id, startedAt, {
      dryRun: this.#isDryRun(),
      takesUp: this.#environment['CANARY_GATE_RESUME'],
    })
    first.project.provide('runFolder', folder)
    const root = first.project.config.root
    this.#following = {
      folder,
      startedAt,
      selected: own.map((one) => relative(root, one.moduleId)),
      foreignModules: specifications
        .filter((one) => !own.includes(one))
        .map((one) => relative(root, one.moduleId)),
      ended: [],
      current: undefined,
      stopped: false,
    }
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, this.#interrupted)
  }

  onTestCaseAnnotate(_test: TestCase, annotation: { message: string; type: string }): void {
    if (this.#following && annotation.type === 'progress') this.#tell(annotation.message)
  }

  onTestModuleStart(module: TestModule): void {
    const id = requirementOfFile(module.moduleId)
    // After a stop the latch skips the rest; there is nothing to tell about it.
    if (this.#following?.stopped !== false || id === undefined) return
    this.#heading = `  ... ${id}`
    this.#following.current = id
    const since = Date.now()
    this.#heartbeat = setInterval(() => {
      this.#tell(`still running, ${Math.round((Date.now() - since) / 1000)} s so far`)
    }, HEARTBEAT_MS).unref()
  }

  async onTestModuleEnd(module: TestModule): Promise<void> {
    const following = this.#following
    clearInterval(this.#heartbeat)
    this.#heading = undefined
    if (following === undefined || module.project.name !== 'gate') return
    const seen = observeModule(module)
    following.ended.push(seen)
    const id = requirementOfFile(seen.file)
    if (id === undefined || !modulePassed(seen)) {
      if (!following.stopped) this.#say(`  STOP ${id ?? seen.file}`)
      following.stopped = true
      return
    }
    const now = new Date()
    await writePassToken(following.folder, id, now)
    await recordEvent(following.folder, { type: 'passed', id }, now)
    this.#say(`  ok  ${seen.tests[0]?.title ?? id}${reuseOf(seen)}${timeOf(seen)}`)
  }

  async onTestRunEnd(
    _modules: readonly TestModule[],
    errors: readonly SerializedError[],
    reason: string,
  ): Promise<void> {
    const following = this.#following
    const vitest = this.#vitest
    if (following === undefined || vitest === undefined) return
    const { evidence, file } = await finishRun({
      artifacts: this.#artifacts,
      folder: following.folder,
      startedAt: following.startedAt,
      observation: this.#observe(vitest, following, errors, reason),
      configuration: this.#environment['CANARY_GATE_CONFIG'],
      now: () => new Date(),
      publish,
      progress: (message) => this.#tell(message),
    })
    this.#following = undefined
    if (evidence.verdict !== 'release') process.exitCode = 1
    const screen = renderScreen(
      evidence,
      shortPath(file),
      this.#ink(),
      shortPath,
      this.#terminal()?.columns,
    )
    this.#sayTyped(screen)
  }

  /** Vitest ends the process right after the signal, so this is all that can be said and done. */
  readonly #interrupted = (signal: NodeJS.Signals): void => {
    if (this.#following === undefined) return
    const { folder, ended, current } = this.#following
    this.#following = undefined
    this.#sayTyped(
      renderInterrupted({
        ...{ signal, during: current, passed: ended.filter(modulePassed).length },
        ...{ folder: shortPath(folder), id: basename(folder) },
        configuration: this.#environment['CANARY_GATE_CONFIG'],
        publishing: existsSync(join(folder, 'judgement.json')),
      }),
    )
  }

  #sayTyped(text: string): void {
    const here = { environment: this.#environment, cwd: process.cwd() }
    this.#say(asTyped(text, typedFormHere(here)))
  }

  #observe(
    vitest: Vitest,
    following: Following,
    errors: readonly SerializedError[],
    reason: string,
  ): RunObservation {
    const project = vitest.projects.find((one) => one.name === 'gate')
    return {
      selected: following.selected,
      modules: following.ended,
      foreignModules: following.foreignModules,
      foreignOptions: [...foreignWords(this.#words), ...foreignOptions(vitest.config)],
      changedSettings: project
        ? changedSettings(vitest.config, project.config)
        : ['no gate project'],
      foreignVariables: foreignVariables(this.#environment),
      dryRun: this.#isDryRun(),
      unhandledErrors: errors.map(messageOf),
      reason,
    }
  }

  #isDryRun(): boolean {
    return this.#environment['CANARY_GATE_DRY_RUN'] !== undefined
  }

  #tell(progress: string): void {
    if (this.#heading !== undefined) this.#say(this.#heading)
    this.#heading = undefined
    // Paths of the operator's own folder need not be read in full.
    this.#say(`      ${progress.replaceAll(`${process.cwd()}${sep}`, '')}`)
  }

  #say(line: string): void {
    this.#vitest?.logger.outputStream.write(`${redact(line)}\n`)
  }

  #ink(): Ink {
    return this.#terminal() !== undefined && !this.#environment['NO_COLOR'] ? colourInk : plainInk
  }

  /** The terminal that the operator looks at, if it is one. */
  #terminal(): { readonly columns?: number } | undefined {
    const stream = this.#vitest?.logger.outputStream as
      { readonly isTTY?: boolean; readonly columns?: number } | undefined
    return stream?.isTTY === true ? stream : undefined
  }
}

function reuseOf(module: ModuleObservation): string {
  const { reusedFrom: earlier } = reusedFrom(module)
  return earlier === undefined ? '' : ` (re-used from ${earlier})`
}

/** Shown from two seconds on: shorter times say nothing to an operator. */
function timeOf({ durationMs = 0 }: ModuleObservation): string {
  return durationMs < 2000 ? '' : ` (${Math.round(durationMs / 1000)} s)`
}

/** Relative to the operator's folder where the file lies in it. */
function shortPath(file: string): string {
  const path = relative(process.cwd(), file)
  return path.startsWith('..') ? file : path
}
