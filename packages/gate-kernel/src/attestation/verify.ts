import { basename, join } from 'node:path'
import { manifestName } from '../evidence/manifest.ts'
import { type Evidence, evidenceSchema } from '../evidence/run-evidence.ts'
import { examineChain } from './chain.ts'
import { sealProblems } from './compare-files.ts'
import { statementProblems } from './compare-statements.ts'
import { contradictionsOf } from './contradictions.ts'
import { openAll, type Opened, readPlain, type Statements } from './opened.ts'
import type { RunReport, VerifyOptions } from './run-report.ts'
import type { ReadDocument } from './rules.ts'
import { waivedProblems } from './waived.ts'

/**
 * Checks a run offline and derives its verdict again from the raw documents. Everything in the
 * folders may have been written by somebody who wants to deceive: types, subjects, signatures, the
 * digest of every byte, the chain to the run before, and the sums that the documents state.
 */
export async function verifyRun(runFolder: string, options: VerifyOptions): Promise<RunReport> {
  return (await examineRun(runFolder, options)).report
}

/** What was read of a run, and what came of verifying just that. */
export interface ExaminedRun {
  readonly report: RunReport
  /** Undefined where they could not be read. */
  readonly evidence?: Evidence
  readonly statements?: Statements
}

/** {@link verifyRun}, with the statements that were verified: for whoever signs them in another way. */
export async function examineRun(runFolder: string, options: VerifyOptions): Promise<ExaminedRun> {
  const opened = await openAll(runFolder, options)
  if ('problems' in opened)
    return unknown(runFolder, { problems: opened.problems, signature: 'none' })
  const { statements, signature } = opened
  const evidence = await readEvidence(runFolder, options)
  if (typeof evidence === 'string') return unknown(runFolder, { problems: [evidence], signature })
  return { evidence, statements, report: await reportOf(runFolder, evidence, opened, options) }
}

function unknown(runFolder: string, found: Pick<RunReport, 'problems' | 'signature'>): ExaminedRun {
  return { report: report(runFolder, { ...found, verdict: 'unknown' }) }
}

async function reportOf(
  runFolder: string,
  evidence: Evidence,
  opened: Opened,
  options: VerifyOptions,
): Promise<RunReport> {
  const { statements, signature } = opened
  const attemptFolder = options.attemptFolder ?? evidence.attempt?.folder ?? null
  const read = reader(runFolder, attemptFolder, options.parse)
  const contradictions = await contradictionsOf(evidence, statements.seal, read, options.gate)
  const chain = await examineChain(runFolder, statements.seal)
  const problems = [
    ...opened.unsigned,
    ...(await sealProblems(runFolder, attemptFolder, statements.seal, read, options)),
    ...chain.problems,
    ...(await statementProblems(runFolder, evidence, statements, read, options.gate.evidence)),
    ...(evidence.verdict === 'release' ? contradictions : []),
    ...(evidence.verdict === 'waived' ? await waivedAgain(evidence, runFolder, options) : []),
  ]
  const supported = contradictions.length === 0 && evidence.verdict === 'release'
  return report(runFolder, {
    problems,
    signature,
    verdict: supported ? 'release' : evidence.verdict === 'waived' ? 'waived' : 'hold',
    waived: waivedText(evidence, options.waiverKey !== undefined),
    files: statements.seal.subject.length,
    limits: chain.limits,
  })
}

/** The waivers are judged again, from the sealed files themselves. */
function waivedAgain(
  evidence: Evidence,
  runFolder: string,
  { waiverKey }: VerifyOptions,
): Promise<string[]> {
  const read = (name: string): Promise<Buffer | undefined> =>
    readPlain(join(runFolder, name)).catch(() => undefined)
  return waivedProblems(evidence, read, waiverKey)
}

function waivedText({ verdict, waivers = [] }: Evidence, isChecked: boolean): string[] {
  if (verdict !== 'waived') return []
  const by = isChecked ? 'signed by the given key' : 'signature not checked: give --waiver-key'
  return waivers.flatMap(({ honoured, waiver }) =>
    honoured && waiver !== null
      ? [
          `${waiver.requirement} by ${waiver.who} until ${waiver.until}: ${waiver.reason} (${waiver.issue}; ${by})`,
        ]
      : [],
  )
}

async function readEvidence(
  runFolder: string,
  { parse }: VerifyOptions,
): Promise<Evidence | string> {
  try {
    const document = parse(await readPlain(join(runFolder, 'evidence.json')))
    return evidenceSchema.parse(document)
  } catch (error) {
    return `evidence.json cannot be read: ${error instanceof Error ? error.message : String(error)}`
  }
}

function reader(
  runFolder: string,
  attemptFolder: string | null,
  parse: VerifyOptions['parse'],
): ReadDocument {
  return async (name) => {
    const [place = '', ...path] = name.split('/')
    const folder = place === 'attempt' ? attemptFolder : runFolder
    if (folder === null) return undefined
    try {
      return parse(await readPlain(join(folder, ...path)))
    } catch {
      return undefined
    }
  }
}

interface Parts {
  readonly problems: readonly string[]
  readonly signature: RunReport['signature']
  readonly verdict: RunReport['verdict']
  readonly files?: number
  readonly waived?: readonly string[]
  readonly limits?: readonly string[]
}

function report(
  runFolder: string,
  { problems, signature, verdict, files = 0, waived = [], limits = [] }: Parts,
): RunReport {
  const run = basename(runFolder)
  return {
    run,
    ok: problems.length === 0,
    verdict: problems.length === 0 ? verdict : 'unknown',
    waived,
    signature,
    files,
    problems,
    limits: [limitOf[signature], ...limits, honesty],
  }
}

const limitOf: Readonly<Record<RunReport['signature'], string>> = {
  'by-key': 'the signature proves that the holder of the key sealed these bytes',
  'not-checked':
    'there is a signature and no key to check it with: give --key; whoever can write here could have rewritten everything consistently',
  none: 'unsigned: whoever can write here could have rewritten everything consistently; compare the digest of attestations/seal.dsse.json with one that was kept elsewhere',
}

const honesty = `a seal proves integrity, not honesty: what the machine wrote before sealing is believed (${manifestName} and the comments on the issues name the same digests)`
