import { Command } from 'commander'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import {
  type ExitCode,
  examples,
  exitCodes,
  printJson,
  type ProgramContext,
} from '../program/context.ts'
import {
  type Anchor,
  AttestationProblem,
  examineRun,
  type ExaminedRun,
  type Gate,
  readVerifyingKey,
  type RunReport,
  verifyEvidence,
  type VerifyReport,
  writePredicates,
} from '@canary-gate/gate-kernel'
import { parseJson } from '@canary-gate/documents'
import { loadGate, loadGates } from '../program/place.ts'
import { UsageError } from '../program/usage-error.ts'

interface Options {
  readonly manifestSha256?: string
  readonly run?: string
  readonly key?: string
  readonly waiverKey?: string
  readonly attempt?: string
  readonly logs?: string
  readonly predicates?: string
  readonly json?: true
}

const about = `
Reads and hashes every byte again, offline. Finds edited, added, removed, renamed and swapped files,
links, and a manifest that was rewritten to match; the last one against a digest that was kept
outside the folder: the record beside it, the run folder, or the comment on the issue.

A folder with attestations/ is a run: signatures, the digest of every document and log, and the run
before are checked, and the verdict is derived again from the raw documents.
`

/** `canary-gate verify <folder>`: an auditor's check, which trusts nothing but the bytes (NFR-003). */
export function verifyCommand(context: ProgramContext): Command {
  return new Command('verify')
    .description('check a run, or a sealed evidence folder, offline')
    .argument(
      '<folder>',
      'run folder, or attempt folder, e.g. artifacts/sync_identity_boundary/v3.2.0rc16-attempt1',
    )
    .option('--manifest-sha256 <digest>', 'digest of the manifest, from a place you trust')
    .option('--run <folder>', 'run folder of the gate that sealed it')
    .option('--key <file>', 'public key that has to have signed the run (evidence.pub)')
    .option('--waiver-key <file>', 'public key of the owner who signs waivers')
    .option('--attempt <folder>', 'where the attempt of the run is now')
    .option('--logs <folder>', 'where the logs of the run are now')
    .option(
      '--predicates <folder>',
      'once all is intact, write what a signer without a key is given (docs/github.md)',
    )
    .option('--json', 'print the report as JSON')
    .addHelpText('after', about)
    .addHelpText(
      'after',
      examples(
        'verify artifacts/sync_identity_boundary/v3.2.0rc16-attempt1',
        'verify /media/copy/v3.2.0rc16-attempt1 --manifest-sha256 4f0c...',
        'verify attempt1 --run artifacts/gate/20260520T080000Z-1f3a --json',
        'verify artifacts/gate/20260520T080000Z-1f3a --key evidence.pub',
      ),
    )
    .action(async (folder: string, options: Options) => {
      const path = resolve(context.cwd, folder)
      if (!existsSync(path))
        throw new UsageError(`there is no folder ${path}; name that of a run, or of an attempt`)
      if (existsSync(join(path, 'attestations'))) return verifyWholeRun(context, path, options)
      refuseOptionsOfRuns(options)
      const report = await verifyEvidence(path, await anchorsOf(options))
      if (options.json === true) printJson(context, report)
      else context.out(printed(report))
      context.finish(exitCodeOf(report))
    })
}

async function verifyWholeRun(
  context: ProgramContext,
  folder: string,
  { key, waiverKey, attempt, logs, predicates, json, run, manifestSha256 }: Options,
): Promise<void> {
  if (run !== undefined || manifestSha256 !== undefined)
    throw new UsageError('--run and --manifest-sha256 are for an attempt folder; this is a run')
  const here = (path: string | undefined): string | undefined =>
    path === undefined ? undefined : resolve(context.cwd, path)
  const gate = await judgingGate(context, folder)
  const fractions = gate.evidence.fractions ?? []
  const examined = await examineRun(folder, {
    gate,
    parse: (bytes) => parseJson(bytes, { maximumBytes, fractions }),
    key: key === undefined ? undefined : await keyFrom(resolve(context.cwd, key)),
    waiverKey: waiverKey === undefined ? undefined : await keyFrom(resolve(context.cwd, waiverKey)),
    attemptFolder: here(attempt),
    logsFolder: here(logs),
  })
  const { report } = examined
  const written =
    predicates === undefined
      ? undefined
      : await writeFor(resolve(context.cwd, predicates), examined)
  if (json === true) printJson(context, { gate: gate.title, ...report, predicates: written })
  else context.out([printedRun(report, gate.title), ...(written ?? []).map(writtenLine)].join('\n'))
  context.finish(report.ok ? exitCodes.ok : exitCodes.no)
}

function writtenLine(file: string): string {
  return `written:   ${file}`
}

/** Only what is intact, and about something real, is worth a signature. */
async function writeFor(
  folder: string,
  { report, evidence, statements }: ExaminedRun,
): Promise<readonly string[]> {
  if (!report.ok || statements === undefined) return []
  if (evidence?.world === 'rehearsal')
    throw new UsageError(
      `run ${report.run} was a rehearsal: there is nothing real to sign; run the gate with a configuration`,
    )
  return writePredicates(folder, statements)
}

/** Longer documents are not read. */
const maximumBytes = 64 * 1024 * 1024

const requirementsOfRun = z.looseObject({
  requirements: z.array(z.looseObject({ id: z.string() })),
})

/**
 * The gate whose requirements the run states, or that the operator names; where none has them, the one
 * that is meant without a name: then what the run lacks is found.
 */
async function judgingGate(context: ProgramContext, folder: string): Promise<Gate> {
  if (context.gate !== undefined) return loadGate(context)
  const text = await readFile(join(folder, 'evidence.json'), 'utf8').catch(() => '')
  const stated = requirementsOfRun.safeParse(asJson(text))
  const ids = stated.success ? stated.data.requirements.map(({ id }) => id) : []
  const gates = await loadGates(context)
  return gates.find(({ order }) => isDeepStrictEqual(order, ids)) ?? loadGate(context)
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function keyFrom(file: string): ReturnType<typeof readVerifyingKey> {
  try {
    return await readVerifyingKey(file)
  } catch (error) {
    if (error instanceof AttestationProblem) throw new UsageError(error.message)
    throw error
  }
}

/** A signature that was asked for and not looked at would be taken for a good one. */
function refuseOptionsOfRuns({ key, waiverKey, attempt, logs, predicates }: Options): void {
  const given = key ?? waiverKey ?? predicates
  if (given === undefined && attempt === undefined && logs === undefined) return
  throw new UsageError(
    '--key, --waiver-key, --attempt, --logs and --predicates are for a run; this folder has no attestations/',
  )
}

function printedRun(
  { ok, waived, verdict, run, files, signature, problems, limits }: RunReport,
  gate: string,
): string {
  const lines = ok
    ? [`intact: ${files} documents as sealed`]
    : ['NOT INTACT', ...problems.map((problem) => `  - ${problem}`)]
  return [
    ...waived.map((text) => `WAIVED, not a release: ${text}`),
    ...lines,
    `run:       ${run}`,
    `gate:      ${gate}, whose rules its documents were compared with`,
    `verdict:   ${verdict}, derived again from the raw documents`,
    `signature: ${signature}`,
    ...limits.map((limit) => `limit:     ${limit}`),
  ].join('\n')
}

/** A folder that is not sealed, or cannot be read, is neither intact nor modified. */
function exitCodeOf(report: VerifyReport): ExitCode {
  if (report.ok) return exitCodes.ok
  return report.sealed ? exitCodes.no : exitCodes.unknown
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
    : [
        report.sealed ? 'NOT INTACT' : 'NOT SEALED, so nothing can be compared',
        ...report.problems.map((problem) => `  - ${problem}`),
      ]
  return [
    ...lines,
    `folder:   ${report.folder}`,
    `manifest: SHA-256 ${digest}`,
    `compared: ${report.anchors.join(', ') || 'nothing outside the folder'}`,
  ].join('\n')
}
