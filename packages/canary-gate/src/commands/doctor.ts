import { resolve } from 'node:path'
import { Command } from 'commander'
import { type Finding, type Gate, present } from '@canary-gate/gate-kernel'
import { busy } from '../program/busy.ts'
import { examples, exitCodes, printJson, type ProgramContext } from '../program/context.ts'
import { artifactsFolder, loadGate } from '../program/place.ts'

interface DoctorOptions {
  readonly config: string
  readonly json?: true
}

/** `canary-gate doctor`: everything a configured run will need, looked at without changing anything. */
export function doctorCommand(context: ProgramContext): Command {
  return new Command('doctor')
    .description('check a configuration: tools, tokens, folders, clock, services; changes nothing')
    .requiredOption('--config <file>', 'world to check (.json or .toml)')
    .option('--json', 'print the findings as JSON')
    .addHelpText('after', examples('doctor --config live.toml', 'doctor --config live.toml --json'))
    .action(async (options: DoctorOptions) => {
      const findings = await examined(context, resolve(context.cwd, options.config))
      const missing = findings.filter((finding) => finding.state === 'missing')
      if (options.json) printJson(context, { ok: missing.length === 0, findings })
      else for (const line of linesOf(findings, missing.length)) context.say(line)
      context.finish(missing.length === 0 ? exitCodes.ok : exitCodes.no)
    })
}

/** A gate that examines nothing of its own has a configuration all the same, which fits or is refused. */
async function examined(context: ProgramContext, file: string): Promise<readonly Finding[]> {
  const gate = await loadGate(context)
  const world = await gate.loadWorld(file)
  const { environment } = context
  const at = { environment, now: () => new Date(), runs: artifactsFolder(context) }
  const examining = Promise.resolve(gate.examine?.(world, at))
  const found = await busy('asking for everything that a run will ask for', examining)
  return found ?? [present('configuration', fits(file, gate))]
}

function fits(file: string, { title, folder }: Gate): string {
  return `${file} fits; the gate ${folder} (${title}) examines nothing else before it runs`
}

function linesOf(findings: readonly Finding[], missing: number): string[] {
  const marks = { present: 'ok     ', missing: 'MISSING', unknown: '?      ' } as const
  const lines = findings.flatMap((finding) => [
    `${marks[finding.state]} ${finding.subject}: ${finding.seen}`,
    ...(finding.state === 'present' ? [] : [`        ${finding.next}`]),
  ])
  return [...lines, missing === 0 ? 'ready for canary-gate run' : `${missing} missing`]
}
