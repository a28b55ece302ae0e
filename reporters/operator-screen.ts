import { sep } from 'node:path'
import type { Vitest } from 'vitest/node'
import {
  type Colors,
  type Evidence,
  type Gate,
  type Interrupted,
  plainColors,
  redact,
  renderInterrupted,
  renderScreen,
  renderUnwritten,
  terminalColors,
  type Unwritten,
} from '@canary-gate/gate-kernel'
import { typedFormOf } from './typed-form.ts'
import { shortPath } from './wording.ts'

/** A requirement that says nothing for this long is said to be running still. */
const HEARTBEAT_MS = 30_000

/** What an operator sees of a run while it goes on, and at its end. */
export class OperatorScreen {
  readonly #gate: Gate
  readonly #environment: NodeJS.ProcessEnv
  #vitest: Vitest | undefined
  #heartbeat: NodeJS.Timeout | undefined
  /** Printed before the first thing that is told about a requirement; short ones have none. */
  #heading: string | undefined

  constructor(gate: Gate, environment: NodeJS.ProcessEnv) {
    this.#gate = gate
    this.#environment = environment
  }

  showOn(vitest: Vitest): void {
    this.#vitest = vitest
  }

  requirementBegins(id: string): void {
    this.#heading = `  ... ${id}`
    const since = Date.now()
    this.#heartbeat = setInterval(() => {
      this.tell(`still running, ${Math.round((Date.now() - since) / 1000)} s so far`)
    }, HEARTBEAT_MS).unref()
  }

  requirementEnds(): void {
    clearInterval(this.#heartbeat)
    this.#heading = undefined
  }

  tell(progress: string): void {
    if (this.#heading !== undefined) this.say(this.#heading)
    this.#heading = undefined
    // Paths of the operator's own folder need not be read in full.
    this.say(`      ${progress.replaceAll(`${process.cwd()}${sep}`, '')}`)
  }

  say(line: string): void {
    this.#vitest?.logger.outputStream.write(`${redact(line)}\n`)
  }

  /** @param file where the evidence was written */
  showVerdict(evidence: Evidence, file: string): void {
    const { afterRelease } = this.#gate
    const columns = this.#terminal()?.columns
    const screen = renderScreen(
      evidence,
      afterRelease,
      shortPath(file),
      this.#colors(),
      shortPath,
      columns,
      this.#form(),
    )
    this.say(screen)
  }

  showInterrupted(run: Interrupted): void {
    this.say(renderInterrupted({ ...run, folder: shortPath(run.folder) }, this.#form()))
  }

  showUnwritten(run: Unwritten): void {
    this.say(renderUnwritten({ ...run, folder: shortPath(run.folder) }, this.#form()))
  }

  #form(): string | undefined {
    return typedFormOf(this.#gate, this.#environment)
  }

  #colors(): Colors {
    return this.#terminal() !== undefined && !this.#environment['NO_COLOR']
      ? terminalColors
      : plainColors
  }

  /** The terminal that the operator looks at, if it is one. */
  #terminal(): { readonly columns?: number } | undefined {
    const stream = this.#vitest?.logger.outputStream as
      { readonly isTTY?: boolean; readonly columns?: number } | undefined
    return stream?.isTTY === true ? stream : undefined
  }
}
