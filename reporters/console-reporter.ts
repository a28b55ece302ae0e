import { DefaultReporter, type TestModule, type TestSpecification } from 'vitest/node'

type Hooks = DefaultReporter

/**
 * Vitest's default reporter for the offline specs; silent in a run of the gate alone, where the
 * evidence reporter speaks to the operator.
 */
export class ConsoleReporter extends DefaultReporter {
  #quiet = false
  readonly #folder: string

  /** The summary at the bottom of a terminal would show through where a signal ends a gate. @param folder that of the gate */
  constructor(folder: string, words: readonly string[] = process.argv.slice(2)) {
    super({ summary: !words.includes(folder) })
    this.#folder = folder
  }

  override onTestRunStart(specifications: readonly TestSpecification[]): void {
    this.#quiet = specifications.every((one) => one.project.name === this.#folder)
    if (!this.#quiet) super.onTestRunStart(specifications)
  }

  override onTestModuleQueued(module: TestModule): void {
    if (!this.#quiet) super.onTestModuleQueued(module)
  }

  override onTestModuleCollected(...hook: Parameters<Hooks['onTestModuleCollected']>): void {
    if (!this.#quiet) super.onTestModuleCollected(...hook)
  }

  override onTestModuleEnd(module: TestModule): void {
    if (!this.#quiet) super.onTestModuleEnd(module)
  }

  override onTestCaseReady(...hook: Parameters<Hooks['onTestCaseReady']>): void {
    if (!this.#quiet) super.onTestCaseReady(...hook)
  }

  override onTestCaseResult(...hook: Parameters<Hooks['onTestCaseResult']>): void {
    if (!this.#quiet) super.onTestCaseResult(...hook)
  }

  override onTestSuiteResult(...hook: Parameters<Hooks['onTestSuiteResult']>): void {
    if (!this.#quiet) super.onTestSuiteResult(...hook)
  }

  override onHookStart(...hook: Parameters<Hooks['onHookStart']>): void {
    if (!this.#quiet) super.onHookStart(...hook)
  }

  override onHookEnd(...hook: Parameters<Hooks['onHookEnd']>): void {
    if (!this.#quiet) super.onHookEnd(...hook)
  }

  override onTestRunEnd(...hook: Parameters<Hooks['onTestRunEnd']>): void {
    if (!this.#quiet) super.onTestRunEnd(...hook)
  }
}
