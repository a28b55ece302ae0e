import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { artifactsOf, type Gate, type Register, typedForm } from '@canary-gate/gate-kernel'
import type { ProgramContext } from './context.ts'
import { UsageError } from './usage-error.ts'

type Here = Pick<ProgramContext, 'environment' | 'cwd'>

/** The checkout of this program, or its installed package, which mirrors it. */
const own = join(import.meta.dirname, '..', '..', '..', '..')

/**
 * Folder of the gate that is meant: the nearest one, from the operator's folder upwards, that has a
 * table and a Vitest configuration of its own; without one, the gate that this package brings.
 */
export function gateRoot({ cwd }: Pick<Here, 'cwd'>): string {
  return foldersUp(cwd).find(holdsGate) ?? own
}

function holdsGate(folder: string): boolean {
  return (
    isThere(join(folder, 'gate'), ['gate.ts', 'gate.js']) &&
    isThere(folder, ['vitest.config.ts', 'vitest.config.js'])
  )
}

function isThere(folder: string, names: readonly string[]): boolean {
  return names.some((name) => existsSync(join(folder, name)))
}

function foldersUp(folder: string): string[] {
  const above = dirname(folder)
  return above === folder ? [folder] : [folder, ...foldersUp(above)]
}

/** True for a gate in a checkout, whose sources run as they are; false in an installed package. */
export function isCheckout(root: string = own): boolean {
  return existsSync(join(root, 'vitest.config.ts'))
}

/** How this program is started in the operator's folder. */
export function typedFormHere({ environment, cwd }: Here): string {
  return typedForm({
    environment,
    cwd,
    bin: join(own, 'packages', 'canary-gate', 'bin', 'canary-gate.js'),
  })
}

/** The checkout keeps its runs beside its code, an installed package in the operator's folder. */
export function artifactsFolder(context: ProgramContext): string {
  if (context.environment['CANARY_GATE_ARTIFACTS']?.trim() === '')
    throw new UsageError('CANARY_GATE_ARTIFACTS is empty; name a folder, or unset it')
  const gate = gateRoot(context)
  const root = isCheckout(gate) ? gate : context.cwd
  return artifactsOf({ root, folder: 'gate' }, context.environment)
}

/** The gate that is meant: its table. */
export async function loadGate(context: Pick<Here, 'cwd'>): Promise<Gate> {
  const root = gateRoot(context)
  const name = existsSync(join(root, 'gate', 'gate.ts')) ? 'gate.ts' : 'gate.js'
  const file = pathToFileURL(join(root, 'gate', name))
  return ((await import(file.href)) as { gate: Gate }).gate
}

/** Other requirements that tests of this checkout name; a package has the gate's own tests only. */
export async function loadRegister(context: Pick<Here, 'cwd'>): Promise<Register> {
  const file = join(gateRoot(context), 'specs', 'register.ts')
  if (!existsSync(file)) return []
  return ((await import(pathToFileURL(file).href)) as { register: Register }).register
}

/** Vitest's own program, of the version this package is pinned to. */
export function vitestProgram(): string {
  const manifest = fileURLToPath(import.meta.resolve('vitest/package.json'))
  return join(dirname(manifest), 'vitest.mjs')
}

export function packageVersion(): string {
  const file = join(own, 'package.json')
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
