import type { Evidence } from '../../packages/gate-kernel/src/evidence/run-evidence.ts'
import { gate } from '../../gate/gate.ts'

/** The evidence of a released run: requirements one second apart, the third one re-used. */
export function releasedEvidence(): Evidence {
  const began = Date.parse('2026-05-20T08:00:00.000Z')
  return {
    schemaVersion: 1,
    ...{ runId: '20260520T080000Z-1f3a', world: 'live', verdict: 'release' },
    ...{ state: 'GATE_COMPLETE', startedAt: new Date(began).toISOString() },
    finishedAt: new Date(began + 40_000).toISOString(),
    candidate: { tag: 'v3.2.0rc16', version: '3.2.0rc16', commit: 'a'.repeat(40) },
    attempt: { folder: '/w/v3.2.0rc16-attempt1', manifestSha256: 'b'.repeat(64) },
    requirements: gate.requirements.map(({ id, text }, index) => ({
      ...{ id, text, verdict: 'pass' as const, progress: [] },
      startedAt: new Date(began + index * 1000).toISOString(),
      ...{ durationMs: 900, programsMs: index % 2 === 0 ? 0 : 1200 },
      ...(index === 2 && { reusedFrom: '20260519T080000Z-0000' }),
    })),
    stop: null,
    weakenings: [],
    publication: { status: 'complete', comments: [], record: {} },
  }
}

/** A run that an owner let go on in spite of the stop at its first requirement. */
export function waivedEvidence(): Evidence {
  const stopped = stoppedEvidence()
  const { requirements } = releasedEvidence()
  const [first] = stopped.requirements
  const sha256 = 'd'.repeat(64)
  return {
    ...releasedEvidence(),
    ...{ verdict: 'waived', state: 'STOPPED', stop: stopped.stop },
    requirements: requirements.map((one, index) =>
      index === 0 && first !== undefined ? { ...first, waiver: sha256 } : one,
    ),
    waivers: [
      {
        ...{ file: 'waiver.json', sha256, honoured: true, why: null },
        waiver: {
          ...{ requirement: first?.id ?? '', candidate: 'v3.2.0rc16', reason: 'agreed <b>' },
          ...{ who: 'the owner', until: '2026-06-01T00:00:00Z', issue: 'https://x.example/7' },
        },
      },
    ],
    publication: { status: 'withheld', comments: [], record: null },
  }
}

/** A run that stopped at its first requirement, for a reason that quotes foreign markup. */
export function stoppedEvidence(): Evidence {
  const released = releasedEvidence()
  const stop = {
    ...{ code: 'service-degraded', verdict: 'blocked' as const, cause: 'environment' as const },
    ...{ what: 'the service is degraded <b>now</b>', next: 'npx canary-gate run' },
    where: `https://service.example/${'path'.repeat(80)}`,
  }
  const first: string = gate.order[0] ?? ''
  return {
    ...released,
    ...{ verdict: 'hold', state: 'STOPPED', candidate: null, attempt: null },
    requirements: released.requirements.map(({ id, text, progress, ...times }, index) =>
      index === 0
        ? { id, text, progress, ...times, verdict: 'blocked', stop }
        : { id, text, progress, verdict: 'not-run', stoppedBy: first },
    ),
    stop: { ...stop, requirement: first },
    again: 'npx canary-gate run',
    publication: { status: 'withheld', comments: [], record: null },
  }
}
