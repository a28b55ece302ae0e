import { relative } from 'node:path'
import type { Reporter, TestModule } from 'vitest/node'
import {
  findIn,
  idsOfTitle,
  recordResults,
  type Register,
  type TestResultLine,
  textDigest,
} from '@canary-gate/gate-kernel'

/** Keeps the last result of every test for the traceability report, run by run. */
export class TraceReporter implements Reporter {
  readonly #root: string
  readonly #register: Register
  readonly #file: string | undefined

  /** @param file where the results are kept, by default in the checkout */
  constructor(root: string, register: Register, file?: string) {
    this.#root = root
    this.#register = register
    this.#file = file
  }

  async onTestRunEnd(modules: readonly TestModule[]): Promise<void> {
    const at = new Date().toISOString()
    const lines = modules.flatMap((module) => this.#linesOf(module, at))
    if (lines.length === 0) return
    // They are no part of a verdict: a full disk is said, and the run ends as it would have.
    await recordResults(this.#root, lines, this.#file).catch((error: unknown) => {
      process.stderr.write(`results were not kept for \`canary-gate trace\`: ${String(error)}\n`)
    })
  }

  #linesOf(module: TestModule, at: string): TestResultLine[] {
    const file = relative(this.#root, module.moduleId)
    const find = findIn(this.#register)
    return [...module.children.allTests()]
      .filter((test) => test.result().state !== 'pending')
      .map((test) => {
        const title = test.fullName
        const texts = Object.fromEntries(
          idsOfTitle(title).map((id) => [id, textDigest(find(id)?.text)]),
        )
        return { file, title, state: test.result().state, at, texts }
      })
  }
}
