import { basename, relative } from 'node:path'
import type { Reporter, TestModule } from 'vitest/node'
import {
  findIn,
  type Gate,
  gateSourceOf,
  idsOfTitle,
  openRun,
  recordResults,
  type Register,
  type RunSummary,
  type TestResultLine,
  textDigest,
} from '@canary-gate/gate-kernel'

type Origin = Pick<TestResultLine, 'run' | 'commit' | 'candidate' | 'at'>

/** Keeps the last result of every test for the traceability report, each with the run that it is of. */
export class TraceReporter implements Reporter {
  readonly #gate: Gate
  readonly #register: Register
  readonly #file: string | undefined
  #began = new Date()

  /** @param file where the results are kept, by default in the checkout */
  constructor(gate: Gate, register: Register, file?: string) {
    this.#gate = gate
    this.#register = register
    this.#file = file
  }

  onTestRunStart(): void {
    this.#began = new Date()
  }

  async onTestRunEnd(modules: readonly TestModule[]): Promise<void> {
    const at = new Date().toISOString()
    const source = await gateSourceOf(this.#gate)
    const commit = source?.commit ?? null
    const run = `specs-${this.#began.toISOString()}`
    const ofSpecs: Origin = { at, commit, run, candidate: null }
    const ofGate = { ...ofSpecs, ...(await this.#runOfGate(modules)) }
    const lines = modules.flatMap((module) =>
      this.#linesOf(module, this.#isOfGate(module) ? ofGate : ofSpecs),
    )
    if (lines.length === 0) return
    // They are no part of a verdict: a full disk is said, and the run ends as it would have.
    await recordResults(this.#gate.root, lines, this.#file).catch((error: unknown) => {
      process.stderr.write(`results were not kept for \`canary-gate trace\`: ${String(error)}\n`)
    })
  }

  #isOfGate(module: TestModule): boolean {
    return module.project.name === this.#gate.folder
  }

  async #runOfGate(modules: readonly TestModule[]): Promise<Partial<Origin>> {
    const own = modules.find((module) => this.#isOfGate(module))
    const folder = own?.project.getProvidedContext().runFolder
    if (folder === undefined) return {}
    const { candidate } = await openRun(this.#gate, folder, () => undefined)
      .then((run) => this.#gate.summary(run))
      .catch((): RunSummary => ({}))
    return { run: basename(folder), candidate: candidate?.tag ?? null }
  }

  #linesOf(module: TestModule, origin: Origin): TestResultLine[] {
    const file = relative(this.#gate.root, module.moduleId)
    const find = findIn(this.#register)
    return [...module.children.allTests()]
      .filter((test) => test.result().state !== 'pending')
      .map((test) => {
        const title = test.fullName
        const texts = Object.fromEntries(
          idsOfTitle(title).map((id) => [id, textDigest(find(id)?.text)]),
        )
        return { file, title, state: test.result().state, texts, ...origin }
      })
  }
}
