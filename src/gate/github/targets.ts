import type { World } from '../world/schema.ts'

/** The four issues the gate knows: the canary issue, the release tracker and the two blockers. */
export type IssueNumber = 41 | 1038 | 1141 | 1182
export type BlockerNumber = 1141 | 1182
export type RepositoryKey = keyof World['github']['repositories']

interface Target {
  readonly repository: RepositoryKey
  /** The one state that this issue may be brought into by the gate, if any. */
  readonly mayBecome: 'closed' | 'open' | null
}

/**
 * What the gate may ever do to an issue beside commenting on it. Closing the tracker, 1038, is not
 * among it (FR-015, C-007).
 */
export const targets: Readonly<Record<IssueNumber, Target>> = {
  41: { repository: 'e2e', mayBecome: 'closed' },
  1038: { repository: 'cli', mayBecome: null },
  1141: { repository: 'cli', mayBecome: 'open' },
  1182: { repository: 'cli', mayBecome: 'open' },
}

/** The bodies of the two permitted changes of state, letter by letter. */
export const stateChanges = {
  closed: { state: 'closed', state_reason: 'completed' },
  open: { state: 'open' },
} as const

export const isTarget = (number: number): number is IssueNumber => Object.hasOwn(targets, number)
