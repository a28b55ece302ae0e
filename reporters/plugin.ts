import type { Plugin } from 'vitest/config'
import type { Reporter } from 'vitest/node'
import { outliveReaders } from '../src/gate/closed-output.ts'
import { steeringGit } from '../src/gate/git/variables.ts'
import { loadWorld } from '../src/gate/live-config/load.ts'
import { artifactsOf, withdrawVerdict } from '../src/gate/run/begin.ts'
import { wrongSettings } from '../src/gate/run/settings.ts'
import { isCheckout } from '../src/gate/program/place.ts'
import { UsageError } from '../src/gate/program/usage-error.ts'
import { resultsBeside } from '../src/gate/trace/results.ts'
import { EVIDENCE_REPORTER, EvidenceReporter } from './evidence-reporter.ts'
import { TraceReporter } from './trace-reporter.ts'

/**
 * Adds the evidence reporter after the command line was read, because `--reporter` replaces the
 * reporters of a configuration file. A run with other reporters is still reported; it is also not
 * the pinned run, so it does not release.
 */
export function evidencePlugin(root: string): Plugin {
  // A git hook that runs the tests has named its own repository: what a rehearsal or a spec commits
  // must not land there.
  for (const name of steeringGit) Reflect.deleteProperty(process.env, name)
  return {
    name: 'canary-gate:evidence',
    // eslint-disable-next-line @typescript-eslint/no-misused-promises -- Vitest waits for it; its type says void
    async configureVitest({ vitest }) {
      const reporters = vitest.config.reporters as unknown[]
      if (reporters.some(isEvidenceReporter)) return
      const artifacts = artifactsOf(root, process.env)
      const words = process.argv.slice(2)
      const evidence = new EvidenceReporter(artifacts, { ...process.env }, words)
      reporters.push(evidence)
      // A run that is kept elsewhere, such as a broken world's, says nothing about this checkout.
      if (artifacts === artifactsOf(root, {})) reporters.push(new TraceReporter(root))
      else if (!isCheckout()) reporters.push(new TraceReporter(root, resultsBeside(artifacts)))
      if (!mayRunTheGate(words)) return
      withdrawVerdict(artifacts)
      outliveReaders()
      refuse(wrongSettings(process.env, artifacts))
      refuse(await wrongConfiguration(process.env['CANARY_GATE_CONFIG']))
    },
  }
}

/** Ends the process here, where nothing has been started yet; an error would be shown with a stack. */
function refuse(wrong: readonly string[]): void {
  if (wrong.length === 0) return
  process.stderr.write(
    `the gate was not started:\n${wrong.map((text) => `  - ${text.replaceAll('\n', '\n  ')}\n`).join('')}`,
  )
  process.exit(2)
}

/** What is wrong with the file of a configured world, in a text of one or more lines; empty if nothing. */
async function wrongConfiguration(file: string | undefined): Promise<string[]> {
  if (file === undefined) return []
  return loadWorld(file).then(
    () => [],
    (error: unknown) => {
      if (error instanceof UsageError) return [error.message]
      throw error
    },
  )
}

/**
 * False only for a command line that plainly names other tests, e.g. `run specs/state`. Everything
 * else withdraws the last verdict at once: `list` and the like end without any of the hooks that
 * would write a new one, and an old release must not be taken for the result.
 */
function mayRunTheGate(words: readonly string[]): boolean {
  const filters = words.filter((word) => !word.startsWith('-')).slice(1)
  return filters.length === 0 || filters.some((word) => !word.startsWith('specs'))
}

function isEvidenceReporter(reporter: unknown): reporter is Reporter {
  return typeof reporter === 'object' && reporter !== null && EVIDENCE_REPORTER in reporter
}
