import { relative } from 'node:path'
import type { Reporter, TestModule } from 'vitest/node'
import { idsOfTitle } from '../src/gate/trace/collect.ts'
import { recordResults, type TestResultLine, textDigest } from '../src/gate/trace/results.ts'

/** Keeps the last result of every test for the traceability report, run by run. */
export class TraceReporter implements Reporter {
  readonly #root: string
  readonly #file: string | undefined

  /** @param file where the results are kept, by default in the checkout */
  constructor(root: string, file?: string) {
    this.#root = root
    this.#file = file
  }

  async onTestRunEnd(modules: readonly TestModule[]): Promise<void> {
    const at = new Date().toISOString()
    const lines = modules.flatMap((module) => this.#linesOf(module, at))
    if (lines.length > 0) await recordResults(this.#root, lines, this.#file)
  }

  #linesOf(module: TestModule, at: string): TestResultLine[] {
    const file = relative(this.#root, module.moduleId)
    return [...module.children.allTests()]
      .filter((test) => test.result().state !== 'pending')
      .map((test) => {
        const title = test.fullName
        const texts = Object.fromEntries(idsOfTitle(title).map((id) => [id, textDigest(id)]))
        return { file, title, state: test.result().state, at, texts }
      })
  }
}
