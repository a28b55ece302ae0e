import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { readVerifyingKey, type VerifyingKey } from '../attestation/key.ts'
import { waivedProblems, waiversFolder } from '../attestation/waived.ts'
import { openWaiver, type OpenedWaiver } from '../attestation/waiver.ts'
import { type Gate, rowOf } from '../definition/gate.ts'
import type { WaiverSource } from '../definition/waivers.ts'
import type { Evidence } from '../evidence/run-evidence.ts'
import type { StopReport } from '../stop/verdict.ts'

type Told = NonNullable<Evidence['waivers']>[number]

/** What is asked of the waivers: may this requirement's stop be gone on from? */
interface Question {
  readonly gate: Gate
  readonly source: WaiverSource | undefined
  readonly id: string
  readonly stop: Pick<StopReport, 'verdict'>
  /** Undefined while none is chosen: then the end of the run compares. */
  readonly candidate: string | undefined
  readonly now: Date
}

/**
 * The waiver that lets a run go on in spite of a stop, by its digest; undefined if there is none. Only what
 * was found out can be waived: what the gate could not find out holds.
 */
export async function waiverFor(question: Question): Promise<string | undefined> {
  for (const { opened } of await openAll(question.source)) {
    const isMeant = opened.waiver !== null && opened.waiver.requirement === question.id
    if (isMeant && refusal(opened, question) === undefined) return opened.sha256
  }
  return undefined
}

/** Why a signed waiver does not count for a stop; undefined if it does. */
function refusal(
  { waiver }: Extract<OpenedWaiver, { sha256: string }>,
  { gate, stop, candidate, now }: Omit<Question, 'id' | 'source'>,
): string | undefined {
  const { requirement, until } = waiver
  const row = rowOf(gate, requirement)
  if (row === undefined) return `this gate has no requirement ${requirement}`
  if (row.waivable !== true) return `${requirement} can never be waived`
  if (stop.verdict === 'inconclusive')
    return `${requirement} is inconclusive: what could not be found out is not waived`
  if (Date.parse(until) <= now.getTime()) return `it expired at ${until}`
  if (candidate !== undefined && candidate !== waiver.candidate)
    return `it is for ${waiver.candidate}, and the candidate is ${candidate}`
  return undefined
}

/**
 * The end of a run that went on in spite of stops: every waiver is read and judged once more, now that the
 * candidate is known. The verdict is `waived` only where each stop has one; it is never a release.
 */
export async function settleWaivers(
  gate: Gate,
  source: WaiverSource | undefined,
  runFolder: string,
  evidence: Evidence,
): Promise<Pick<Evidence, 'verdict' | 'waivers'>> {
  const { verdict } = evidence
  if (source === undefined && evidence.requirements.every(({ waiver }) => waiver === undefined))
    return { verdict }
  const all = await openAll(source)
  const waivers = all.map(({ file, opened }) => judge(gate, evidence, file, opened))
  const bytesOf = new Map(
    all.flatMap(({ bytes, opened }) =>
      bytes === undefined || opened.waiver === null ? [] : [[opened.sha256, bytes] as const],
    ),
  )
  for (const { sha256, honoured } of waivers) {
    if (honoured && sha256 !== null) await keep(runFolder, sha256, bytesOf.get(sha256))
  }
  if (verdict === 'release') return { verdict, waivers }
  const key = source === undefined ? undefined : await keyOf(source)
  const read = (name: string): Promise<Buffer | undefined> =>
    Promise.resolve(bytesOf.get(basename(name, '.json')))
  const against = await waivedProblems({ ...evidence, waivers }, read, key)
  return { verdict: key !== undefined && against.length === 0 ? 'waived' : 'hold', waivers }
}

async function keep(runFolder: string, sha256: string, bytes: Buffer | undefined): Promise<void> {
  if (bytes === undefined) return
  await mkdir(join(runFolder, waiversFolder), { recursive: true })
  await writeFile(join(runFolder, waiversFolder, `${sha256}.json`), bytes)
}

function judge(gate: Gate, evidence: Evidence, file: string, opened: OpenedWaiver): Told {
  const name = basename(file)
  if (opened.waiver === null)
    return { file: name, sha256: null, waiver: null, honoured: false, why: opened.why }
  const { requirement, candidate, reason, who, until, issue } = opened.waiver
  const waiver = { requirement, candidate, reason, who, until, issue }
  const told = { file: name, sha256: opened.sha256, waiver }
  const result = evidence.requirements.find(({ id }) => id === waiver.requirement)
  const now = new Date(evidence.finishedAt)
  const stop = { verdict: result?.stop?.verdict ?? 'blocked' } as const
  const why = refusal(opened, {
    ...{ gate, stop, now },
    candidate: evidence.candidate?.tag ?? 'not known',
  })
  if (why !== undefined) return { ...told, honoured: false, why }
  if (result?.waiver !== opened.sha256)
    return {
      ...told,
      honoured: false,
      why: `not used: ${waiver.requirement} is ${result?.verdict ?? 'unknown'}`,
    }
  return { ...told, honoured: true, why: null }
}

interface OpenedFile {
  readonly file: string
  readonly bytes?: Buffer
  readonly opened: OpenedWaiver
}

/** Every configured waiver; without a key that can be read, none. */
async function openAll(source: WaiverSource | undefined): Promise<OpenedFile[]> {
  if (source === undefined) return []
  const key = await keyOf(source)
  return Promise.all(
    source.files.map(async (file) => {
      const bytes = await readFile(file).catch(() => undefined)
      if (bytes === undefined) return { file, opened: none('it cannot be read') }
      if (key === undefined) return { file, opened: none('the verifying key cannot be read') }
      return { file, bytes, opened: openWaiver(bytes, key) }
    }),
  )
}

function keyOf({ verifyingKey }: WaiverSource): Promise<VerifyingKey | undefined> {
  return readVerifyingKey(verifyingKey).catch(() => undefined)
}

function none(why: string): OpenedWaiver {
  return { waiver: null, why }
}
