import { z } from 'zod'
import { canaryRunSchema } from './canary-run.ts'
import { fingerprintSchema } from './fingerprint.ts'

/**
 * What one requirement proves and later ones build on. Each fact is one JSON file in the run folder,
 * because every requirement runs in a process of its own.
 */
const timestamp = z.iso.datetime({ offset: true })
const digest = z.string().regex(/^[0-9a-f]{64}$/)

const drainCounts = z.object({
  infraTerminalFailed: z.int(),
  businessRuleRejected: z.int(),
  retryable: z.int(),
  oldestPendingAgeSeconds: z.number().nullable(),
})

const serviceSnapshot = z.object({
  takenAt: timestamp,
  image: z.string(),
  gitSha: z.string(),
  eventsVersion: z.string(),
  health: z.unknown(),
  ready: z.unknown(),
  drain: drainCounts,
})
export type ServiceSnapshot = z.infer<typeof serviceSnapshot>

const canaryProof = z.object({
  protocol: z.enum(['single', 'four-run']),
  runs: z.array(canaryRunSchema),
  /** Paths of the preserved run files, relative to the attempt folder. */
  files: z.array(z.string()),
  interventions: z.array(z.string()),
})

const digests = z.record(z.string(), digest)

const harnessPart = z.object({
  /** Null where the folder is not a checkout, or has no commit. */
  commit: z.string().nullable(),
  commands: digest,
  /** Content of the files that git tracks; then what the file system says of their last change. */
  tracked: digest,
  versions: digest,
  /** Files that git does not track, by path: none of `programs` may be added meanwhile. */
  programs: digests,
  unknown: digests,
  /** Installed packages, by folder. */
  tools: digests,
})

export const facts = {
  /** FR-001, FR-002: per blocker, the change that closed it and the verdict on its substance. */
  blockers: z.array(
    z.object({
      issue: z.int(),
      state: z.literal('closed'),
      /** When; another time says that it was open in between, also before its timeline does. */
      closedAt: z.string().nullable().optional(),
      closedBy: z.array(
        z.object({ commit: z.string(), foundBy: z.string(), setAside: z.string().optional() }),
      ),
    }),
  ),
  fixes: z.array(
    z.object({
      issue: z.int(),
      commit: z.string(),
      verdict: z.string(),
      tests: z.array(z.string()),
    }),
  ),
  /** FR-003, FR-004, NFR-004: what was chosen and what was installed. */
  candidate: z.object({
    tag: z.string(),
    version: z.string(),
    commit: z.string(),
    wheelSha256: digest,
  }),
  installation: z.object({
    bin: z.string(),
    python: z.string(),
    version: z.string(),
    distributionSha256: digest,
    recordSha256: digest,
    eventsVersion: z.string(),
    eventsTag: z.string(),
    eventsCommit: z.string(),
  }),
  /** FR-003: what canary and suite are when the run begins; see `harnessState`. */
  harness: z.object({ canary: harnessPart, suite: harnessPart }),
  /** FR-005: the first preflight; FR-008: the snapshot from immediately before the four runs. */
  preflight: serviceSnapshot,
  snapshotBeforeFourRuns: serviceSnapshot,
  /** FR-006: content digest of the historical rows, or null where only the count is known. */
  historicalRows: z.object({ count: z.int(), contentSha256: digest.nullable() }),
  /** FR-010: the attempt folder and the fingerprints of earlier attempts (folder name → digest). */
  attempt: z.object({ folder: z.string(), number: z.int(), earlier: z.record(z.string(), digest) }),
  seal: z.object({ manifest: z.string(), manifestSha256: digest, sealedAt: timestamp }),
  /** What the canary did, whatever came of it; `single` and `fourRun` are what passed. */
  singleRan: canaryProof,
  fourRunRan: canaryProof,
  single: canaryProof,
  fourRun: canaryProof,
  /** NFR-001, C-003: the watched state before the first canary, between single and four, at the end. */
  stateBeforeSingle: fingerprintSchema,
  stateAfterSingle: fingerprintSchema,
  stateAfterFourRuns: fingerprintSchema,
  teamspace: z.object({
    runs: z.array(
      z.object({
        number: z.int(),
        passed: z.boolean(),
        /** Executed; skipped ones apart. */
        tests: z.int(),
        skipped: z.int().optional(),
        xfailed: z.int().optional(),
        xpassed: z.int().optional(),
        startedAt: timestamp.optional(),
        endedAt: timestamp.optional(),
        /** When the report says that its run began. */
        reportedAt: z.string().nullable().optional(),
        log: z.string(),
        junit: z.string().nullable(),
        /** Digest of the log when it was written. */
        logSha256: digest.optional(),
        junitSha256: digest.nullable().optional(),
      }),
    ),
  }),
  /** FR-011, FR-014: the two comments, rendered and checked, waiting for publication. */
  comments: z.object({ e2e41: z.string(), tracker1038: z.string().nullable() }),
} as const

export type FactName = keyof typeof facts
export type Fact<Name extends FactName> = z.infer<(typeof facts)[Name]>
