import { resolve } from 'node:path'
import { Command } from 'commander'
import { examine } from '@canary-gate/phase4-gate'
import type { Finding } from '@canary-gate/phase4-gate'
import { loadWorld } from '@canary-gate/phase4-gate'
import { examples, exitCodes, printJson, type ProgramContext } from '../program/context.ts'

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
      const world = await loadWorld(resolve(context.cwd, options.config))
      const findings = await examine(world, context.environment, () => new Date())
      const missing = findings.filter((finding) => finding.state === 'missing')
      if (options.json) printJson(context, { ok: missing.length === 0, findings })
      else for (const line of linesOf(findings, missing.length)) context.say(line)
      context.finish(missing.length === 0 ? exitCodes.ok : exitCodes.no)
    })
}

function linesOf(findings: readonly Finding[], missing: number): string[] {
  const marks = { present: 'ok     ', missing: 'MISSING', unknown: '?      ' } as const
  const lines = findings.flatMap((finding) => [
    `${marks[finding.state]} ${finding.subject}: ${finding.seen}`,
    ...(finding.state === 'present' ? [] : [`        ${finding.next}`]),
  ])
  return [...lines, missing === 0 ? 'ready for canary-gate run' : `${missing} missing`]
}
