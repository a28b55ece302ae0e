import type { IssueTargets } from '@canary-gate/gate-kernel'

/** The two issues that must be closed before anything is proven, and may be re-opened (FR-007). */
export type BlockerNumber = 1141 | 1182

/**
 * What the gate may ever do to an issue in addition to commenting on it: the canary issue, the release
 * tracker and the two blockers. Closing the tracker, 1038, is not among it (FR-015, C-007).
 */
export const targets = {
  41: { repository: 'e2e', mayBecome: 'closed' },
  1038: { repository: 'cli', mayBecome: null },
  1141: { repository: 'cli', mayBecome: 'open' },
  1182: { repository: 'cli', mayBecome: 'open' },
} as const satisfies IssueTargets
