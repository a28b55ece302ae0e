import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Change } from '../../packages/fix-prover/src/changes/change.ts'
import { detectRunner } from '../../packages/fix-prover/src/installing/detect.ts'
import { venvWith } from '../../packages/fix-prover/src/installing/python-environment.ts'
import type { TestRunner } from '../../packages/fix-prover/src/runners/runner.ts'

export type Python =
  | { readonly found: true; readonly python: string }
  | { readonly found: false; readonly reason: string }

/**
 * An interpreter with pytest, made once in the folder for temporary files. Only a machine without
 * Python or out of reach of PyPI has none, and says so.
 */
export async function findPython(): Promise<Python> {
  try {
    const cache = join(tmpdir(), 'canary-specs-python')
    return { found: true, python: await venvWith({ python: 'python3', requirements: [], cache }) }
  } catch (error) {
    const reason = `no Python with pytest, PyPI out of reach: ${String(error)}`
    process.stderr.write(`skipped: ${reason}\n`)
    return { found: false, reason }
  }
}

export function runnerFor(
  python: Python,
): (testFiles: readonly string[], change: Change) => Promise<TestRunner> {
  const named = python.found ? { python: python.python } : {}
  return (testFiles, change) => detectRunner({ timeoutMs: 60_000, ...named }, testFiles, change)
}
