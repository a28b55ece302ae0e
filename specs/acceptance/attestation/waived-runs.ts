import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SigningKey } from '../../../packages/gate-kernel/src/attestation/key.ts'
import { signWaiver, type Waiver } from '../../../packages/gate-kernel/src/attestation/waiver.ts'
import {
  type Evidence,
  evidenceSchema,
} from '../../../packages/gate-kernel/src/evidence/run-evidence.ts'
import { placesIn, readJson, writeDocuments } from '../../attestation/sealed-run.ts'

/** What is different about a waived run before it is sealed. */
export interface WaivedRun {
  readonly key: SigningKey
  readonly waiver?: Partial<Waiver>
  readonly file?: (text: string) => string | undefined
  readonly evidence?: (evidence: Evidence) => Evidence
}

/** The first is as it should be, each other one is not; all are sealed and signed as they are. */
export function waivedRuns(
  owner: SigningKey,
  stranger: SigningKey,
): Readonly<Record<string, WaivedRun>> {
  return {
    sound: { key: owner },
    'signed by a stranger': { key: stranger },
    'of another requirement': { key: owner, waiver: { requirement: 'GATE/FR-002' } },
    'of another candidate': { key: owner, waiver: { candidate: 'v3.2.0rc17' } },
    expired: { key: owner, waiver: { until: '2026-05-20T10:00:00Z' } },
    missing: { key: owner, file: () => undefined },
    'written in another way': { key: owner, file: (text) => JSON.stringify(JSON.parse(text)) },
    'published all the same': {
      key: owner,
      evidence: (one) => ({ ...one, publication: { ...one.publication, status: 'complete' } }),
    },
    'a run that proves less': {
      key: owner,
      evidence: (one) => ({ ...one, weakenings: [{ code: 'filtered', what: 'x' }] }),
    },
    'not honoured by the run': {
      key: owner,
      evidence: (one) => ({
        ...one,
        waivers: one.waivers?.map((told) => ({ ...told, honoured: false })),
      }),
    },
    'of what could not be found out': {
      key: owner,
      evidence: (one) => ({
        ...one,
        requirements: one.requirements.map((result) =>
          result.waiver === undefined ? result : { ...result, verdict: 'inconclusive' },
        ),
      }),
    },
    'and another stop without one': {
      key: owner,
      evidence: (one) => ({
        ...one,
        requirements: one.requirements.map((result, at) =>
          at === 3 ? { ...result, verdict: 'fail' } : result,
        ),
      }),
    },
    'without a stop': { key: owner, evidence: (one) => ({ ...one, stop: null }) },
  }
}

const stop = {
  ...{ code: 'still-open', verdict: 'blocked' as const, cause: 'environment' as const },
  ...{ what: 'it is open', where: 'issue 1141', next: 'close it' },
}

/** Writes the documents of a run that went on in spite of its second requirement. */
export async function writeWaivedRun(
  root: string,
  { key, waiver = {}, file = (text) => text, evidence = (one) => one }: WaivedRun,
): Promise<void> {
  await writeDocuments(root)
  const { run } = placesIn(root)
  const signed: Waiver = {
    ...{ schemaVersion: 1, requirement: 'GATE/FR-001', candidate: 'v3.2.0rc16' },
    ...{ reason: 'agreed – by both', who: 'the owner', until: '2026-06-01T00:00:00Z' },
    ...{ issue: 'https://tracker.example/7', ...waiver },
  }
  const original = signWaiver(signed, key)
  const text = file(original)
  const sha256 = createHash('sha256')
    .update(text ?? original)
    .digest('hex')
  await mkdir(join(run, 'waivers'))
  if (text !== undefined) await writeFile(join(run, 'waivers', `${sha256}.json`), text)
  const released = evidenceSchema.parse(await readJson(join(run, 'evidence.json')))
  const { requirement, candidate, reason, who, until, issue } = signed
  const told = { requirement, candidate, reason, who, until, issue }
  const waived: Evidence = {
    ...released,
    ...{ verdict: 'waived', state: 'STOPPED', stop: { ...stop, requirement: 'GATE/FR-001' } },
    requirements: released.requirements.map((result) =>
      result.id === 'GATE/FR-001'
        ? { ...result, verdict: 'blocked', stop, waiver: sha256 }
        : result,
    ),
    waivers: [{ file: 'waiver.json', sha256, waiver: told, honoured: true, why: null }],
    publication: { status: 'withheld', comments: [], record: null },
  }
  await writeFile(join(run, 'evidence.json'), JSON.stringify(evidence(waived)))
}
