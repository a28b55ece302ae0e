import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { artifactsOf, type Gate, type Register, typedForm } from '@canary-gate/gate-kernel'
import type { ProgramContext } from './context.ts'
import { didYouMean } from './nearest.ts'
import { UsageError } from './usage-error.ts'

type Here = Pick<ProgramContext, 'environment' | 'cwd'>
type Meant = Pick<ProgramContext, 'cwd' | 'gate'>

/** The checkout of this program, or its installed package, which mirrors it. */
const own = join(import.meta.dirname, '..', '..', '..', '..')

/**
 * Folder of the checkout whose gate is meant: the nearest one, from the operator's folder upwards, that
 * has a table and a Vitest configuration of its own; without one, that of this package.
 */
export function gateRoot({ cwd }: Pick<Here, 'cwd'>): string {
  return foldersUp(cwd).find(holdsGate) ?? own
}

function holdsGate(folder: string): boolean {
  return (
    isThere(folder, ['vitest.config.ts', 'vitest.config.js']) && gateFoldersIn(folder).length > 0
  )
}

const TABLES = ['gate.ts', 'gate.js']

/** Names of the folders that hold the table of a gate, the one that is meant without a name first. */
export function gateFoldersIn(root: string): string[] {
  const usual = isThere(join(root, USUAL), TABLES) ? [USUAL] : []
  const others = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== USUAL)
    .map(({ name }) => name)
    .filter((name) => isGateOfOtherName(join(root, name)))
  return [...usual, ...others.sort()]
}

const USUAL = 'gate'

/** Any folder may have a module `gate`; one with the function that its tests call is a gate's. */
function isGateOfOtherName(folder: string): boolean {
  return isThere(folder, TABLES) && isThere(folder, ['requirement.ts', 'requirement.js'])
}

/** The folder of the gate that is meant; it is also its name, in Vitest and below `artifacts/`. */
export function gateFolder(context: Meant): string {
  const root = gateRoot(context)
  const folders = gateFoldersIn(root)
  const wanted = context.gate ?? folders[0] ?? USUAL
  if (folders.includes(wanted)) return wanted
  throw new UsageError(
    `${root} has no gate ${wanted}${didYouMean(wanted, folders)}; it has: ${folders.join(', ')}`,
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
  return artifactsOf({ root, folder: gateFolder(context) }, context.environment)
}

/**
 * The gate that is meant: its table.
 *
 * @throws UsageError where its definition says that its tests are in another folder
 */
export async function loadGate(context: Meant): Promise<Gate> {
  const folder = join(gateRoot(context), gateFolder(context))
  const file = join(folder, TABLES.find((name) => existsSync(join(folder, name))) ?? '')
  const { gate } = (await import(pathToFileURL(file).href)) as { gate: Gate }
  if (join(gate.root, gate.folder) === folder) return gate
  throw new UsageError(`${file} says that its gate is in ${gate.folder}; write its folder there`)
}

/** Every gate of the checkout, the one that is meant without a name first. */
export function loadGates(context: Pick<Here, 'cwd'>): Promise<Gate[]> {
  const folders = gateFoldersIn(gateRoot(context))
  return Promise.all(folders.map((gate) => loadGate({ ...context, gate })))
}

/**
 * Some commands are for gates of one kind: which ones is in the definition of each.
 *
 * @throws UsageError where the gate that is meant has no such command
 */
export async function refuseWithout(command: string, context: Meant): Promise<void> {
  const { title, folder, commands } = await loadGate(context)
  if (commands.includes(command)) return
  const others = (await loadGates(context)).filter((one) => one.commands.includes(command))
  const names = others.map((one) => `--gate ${one.folder}`)
  const next =
    names.length === 0 ? 'no gate of this checkout has one' : `name ${names.join(' or ')}`
  throw new UsageError(`the gate ${folder} (${title}) has no command ${command}; ${next}`)
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
