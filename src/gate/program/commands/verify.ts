import { Command } from 'commander'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { type ExitCode, examples, exitCodes, printJson, type ProgramContext } from '../context.ts'
import { type Anchor, verifyEvidence, type VerifyReport } from '../../evidence/verify.ts'

interface Options {
  readonly manifestSha256?: string
  readonly run?: string
  readonly json?: true
}

const about = `
Reads and hashes every byte again, offline. Finds edited, added, removed, renamed and swapped files,
links, and a manifest that was rewritten to match; the last one against a digest that was kept
outside the folder: the record beside it, the run folder, or the comment on the issue.
`

/** `canary-gate verify <folder>`: an auditor's check, which trusts nothing but the bytes (NFR-003). */
export function verifyCommand(context: ProgramContext): Command {
  return new Command('verify')
    .description('check a sealed evidence folder offline')
    .argument(
      '<folder>',
      'attempt folder, e.g. artifacts/sync_identity_boundary/v3.2.0rc16-attempt1',
    )
    .option('--manifest-sha256 <digest>', 'digest of the manifest, from a place you trust')
    .option('--run <folder>', 'run folder of the gate that sealed it')
    .option('--json', 'print the report as JSON')
    .addHelpText('after', about)
    .addHelpText(
      'after',
      examples(
        'verify artifacts/sync_identity_boundary/v3.2.0rc16-attempt1',
        'verify /media/copy/v3.2.0rc16-attempt1 --manifest-sha256 4f0c...',
        'verify attempt1 --run artifacts/gate/20260520T080000Z-1f3a --json',
      ),
    )
    .action(async (folder: string, options: Options) => {
      const report = await verifyEvidence(resolve(context.cwd, folder), await anchorsOf(options))
      if (options.json === true) printJson(context, report)
      else context.out(printed(report))
      context.finish(exitCodeOf(report))
    })
}

/** A folder that is not sealed, or cannot be read, is neither intact nor modified. */
function exitCodeOf(report: VerifyReport): ExitCode {
  if (report.ok) return exitCodes.ok
  return report.manifestSha256 === null ? exitCodes.unknown : exitCodes.no
}

const sealFact = z.looseObject({ manifestSha256: z.string() })

async function anchorsOf({ manifestSha256, run }: Options): Promise<Anchor[]> {
  const given = manifestSha256 === undefined ? [] : [{ from: '--manifest-sha256', manifestSha256 }]
  return run === undefined ? given : [...given, await anchorOfRun(run)]
}

/** A run folder that was asked for and cannot be read is a mismatch, never a missing check. */
async function anchorOfRun(run: string): Promise<Anchor> {
  const file = join(run, 'facts', 'seal.json')
  try {
    const { manifestSha256 } = sealFact.parse(JSON.parse(await readFile(file, 'utf8')))
    return { from: file, manifestSha256 }
  } catch {
    return { from: file, manifestSha256: 'nothing that can be read' }
  }
}

function printed(report: VerifyReport): string {
  const digest = report.manifestSha256 ?? 'none'
  const lines = report.ok
    ? [`intact: ${report.files} files as sealed`]
    : ['NOT INTACT', ...report.problems.map((problem) => `  - ${problem}`)]
  return [
    ...lines,
    `folder:   ${report.folder}`,
    `manifest: SHA-256 ${digest}`,
    `compared: ${report.anchors.join(', ') || 'nothing outside the folder'}`,
  ].join('\n')
}
