import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { artifactsOf } from '../run/begin.ts'
import { typedForm } from '../typed-command.ts'
import type { ProgramContext } from './context.ts'
import { UsageError } from './usage-error.ts'

/**
 * Folder of vitest.config: the checkout, or `dist` of an installed package. This file lies in
 * `src/gate/program` of either.
 */
export function gateRoot(): string {
  return join(import.meta.dirname, '..', '..', '..')
}

/** True in a checkout, where sources run as they are; false in an installed package. */
export function isCheckout(): boolean {
  return existsSync(join(gateRoot(), 'vitest.config.ts'))
}

/** How this program is started in the operator's folder. */
export function typedFormHere({
  environment,
  cwd,
}: Pick<ProgramContext, 'environment' | 'cwd'>): string {
  const place = isCheckout() ? gateRoot() : dirname(gateRoot())
  return typedForm({ environment, cwd, bin: join(place, 'src', 'bin', 'canary-gate.js') })
}

/** The checkout keeps its runs beside its code, an installed package in the operator's folder. */
export function artifactsFolder(context: ProgramContext): string {
  if (context.environment['CANARY_GATE_ARTIFACTS']?.trim() === '')
    throw new UsageError('CANARY_GATE_ARTIFACTS is empty; name a folder, or unset it')
  return artifactsOf(isCheckout() ? gateRoot() : context.cwd, context.environment)
}

/** Vitest's own program, of the version this package is pinned to. */
export function vitestProgram(): string {
  const manifest = fileURLToPath(import.meta.resolve('vitest/package.json'))
  return join(dirname(manifest), 'vitest.mjs')
}

export function packageVersion(): string {
  const file = join(gateRoot(), isCheckout() ? '.' : '..', 'package.json')
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
