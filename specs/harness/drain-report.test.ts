import { expect } from 'vitest'
import {
  drainFailureMode,
  readDrainReport,
  summary,
} from '../../fixtures/harness/steps/drain-report.ts'
import { spec } from '../spec.ts'

function report(stdout: string, exitCode = 1): ReturnType<typeof readDrainReport> {
  return readDrainReport({ command: 'spec-kitty sync now', exitCode, stdout, stderr: '' })
}

spec('GATE/FR-007', 'a drain report is read from the words of every generation', () => {
  const rc15 = report(
    'Synced: 0  Duplicates: 0  Errors: 27\n  server_error: 24  -- wait\n  unknown: 3',
  )
  expect(summary(rc15)).toBe(
    'Synced: 0 / Duplicates: 0 / Pending: 0 / Errors: 27 (server_error: 24, unknown: 3)',
  )
  const rc16 = report('Synced: 1  Duplicates: 0  Pending: 23  Errors: 0', 0)
  expect(summary(rc16)).toBe('Synced: 1 / Duplicates: 0 / Pending: 23 / Errors: 0')
})

spec('GATE/FR-007', 'the last summary counts when a drain prints several', () => {
  expect(report('Synced: 5 / Errors: 1\nSynced: 6 / Errors: 0').synced).toBe(6)
})

spec('GATE/FR-007', 'unknown errors on queued events carry the historic name of the defect', () => {
  expect(drainFailureMode(report('Errors: 24\n  unknown: 24'))).toBe('sync.event_loop_unavailable')
  expect(drainFailureMode(report('Errors: 2\n  auth_expired: 2'))).toBe('sync.errors')
})

spec('GATE/FR-007', 'a diagnostic code that the candidate prints is taken at its word', () => {
  const printed = 'sync_diagnostic diagnostic_code=sync.server_auth_failure fatal=false\nErrors: 1'
  expect(drainFailureMode(report(printed))).toBe('sync.server_auth_failure')
})
