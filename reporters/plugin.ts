import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  artifactsOf,
  ConfigurationError,
  type Gate,
  outliveReaders,
  registerOf,
  resultsBeside,
  stopReportOf,
  withdrawVerdict,
  wrongSettings,
} from '@canary-gate/gate-kernel'
import { isHarmlessOfGit } from '@canary-gate/programs'
import type { Plugin } from 'vitest/config'
import type { Reporter } from 'vitest/node'
import { EVIDENCE_REPORTER, EvidenceReporter } from './evidence-reporter.ts'
import { tellWithoutVerdict } from './notify-end.ts'
import type { GateConfigOptions } from './options.ts'
import { EVIDENCE_PLUGIN } from './reference.ts'
import { TraceReporter } from './trace-reporter.ts'

/**
 * Adds the evidence reporter after the command line was read, because `--reporter` replaces the
 * reporters of a configuration file. A run with other reporters is still reported; it is also not
 * the pinned run, so it does not release.
 */
export function evidencePlugin(
  gate: Gate,
  { globalSetup, register = [] }: Pick<GateConfigOptions, 'globalSetup' | 'register'>,
): Plugin {
  // A git hook that runs the tests has named its own repository: what a rehearsal or a spec commits
  // must not go there.
  for (const name of Object.keys(process.env).filter(isOfAnotherRepository))
    Reflect.deleteProperty(process.env, name)
  return {
    name: EVIDENCE_PLUGIN,
    // eslint-disable-next-line @typescript-eslint/no-misused-promises -- Vitest waits for it; its type says void
    async configureVitest({ vitest }) {
      const reporters = vitest.config.reporters as unknown[]
      if (reporters.some(isEvidenceReporter)) return
      const artifacts = artifactsOf(gate, process.env)
      const words = process.argv.slice(2)
      const mayRun = mayRunTheGate(words)
      if (mayRun) {
        outliveReaders()
        const wrong = [...withdraw(artifacts), ...wrongSettings(process.env, artifacts)]
        if (wrong.length > 0) await refuse(gate, wrong)
      }
      const environment = { ...process.env }
      const evidence = new EvidenceReporter({ gate, globalSetup, artifacts, environment, words })
      // Before anything is awaited: the hook is called for each project, and one reporter is enough.
      reporters.push(evidence)
      // A run that is kept elsewhere, such as a broken world's, says nothing about this checkout.
      const all = [...registerOf(gate), ...register]
      if (artifacts === artifactsOf(gate, {})) reporters.push(new TraceReporter(gate, all))
      else if (!isCheckout(gate))
        reporters.push(new TraceReporter(gate, all, resultsBeside(artifacts)))
      if (mayRun) evidence.world = await configuredWorld(gate)
    },
  }
}

/** An old verdict that cannot be withdrawn would be taken for that of this run: then it says why. */
function withdraw(artifacts: string): string[] {
  try {
    withdrawVerdict(artifacts)
    return []
  } catch (error) {
    const { what, where, next } = stopReportOf(error)
    return [`${what} (${where}): ${next}`]
  }
}

/** Ends the process here, where nothing has been started yet; an error would be shown with a stack. */
async function refuse(gate: Gate, wrong: readonly string[]): Promise<never> {
  process.stderr.write(
    `the gate was not started:\n${wrong.map((text) => `  - ${text.replaceAll('\n', '\n  ')}\n`).join('')}`,
  )
  const file = process.env['CANARY_GATE_CONFIG']
  const notifier = file === undefined ? undefined : await gate.notifierIn(file)
  process.stderr.write(
    tellWithoutVerdict(gate, notifier, { end: 'not-started', what: wrong.join('; ') }),
  )
  process.exit(2)
}

/** The world of the configuration as JSON, empty without one; a wrong file ends the process here. */
async function configuredWorld(gate: Gate): Promise<string> {
  const file = process.env['CANARY_GATE_CONFIG']
  if (file === undefined) return '{}'
  return gate.loadWorld(file).then(
    (world) => JSON.stringify(world, null, 2),
    async (error: unknown) => {
      if (!(error instanceof ConfigurationError)) throw error
      return refuse(gate, [error.message])
    },
  )
}

/** False for an installed package: its own folder is not to be written. */
function isCheckout({ root }: Gate): boolean {
  return existsSync(join(root, 'vitest.config.ts'))
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

/** Settings by variable stay: git itself is given only the harmless ones (`gitSettings`). */
function isOfAnotherRepository(name: string): boolean {
  const isSetting = /^GIT_CONFIG_(?:COUNT|KEY_\d+|VALUE_\d+)$/.test(name)
  return name.startsWith('GIT_') && !isSetting && !isHarmlessOfGit(name)
}
