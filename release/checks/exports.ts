import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { failed, inconclusive } from '@canary-gate/gate-kernel'
import { z } from 'zod'
import { type Run } from './facts.ts'
import { unpacked } from './candidate.ts'

const manifestSchema = z.looseObject({
  exports: z
    .record(z.string(), z.union([z.string(), z.looseObject({ types: z.string().optional() })]))
    .default({}),
})

/** One line per public name: `@canary-gate/documents . function parseJson`. */
export type Listing = readonly string[]

/** The public names of an unpacked package, from its declarations; of one in the checkout, from its sources. */
export async function exportsOf(name: string, folder: string): Promise<Listing> {
  const manifest: unknown = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  const entries = Object.entries(manifestSchema.parse(manifest).exports)
  // Only this requirement needs the compiler; the other processes of the gate do not load it.
  const { default: ts } = await import('typescript')
  const files = entries.flatMap(([entry, target]) => {
    const types = typeof target === 'string' ? target : target.types
    return types?.endsWith('.ts') === true ? [{ entry, file: join(folder, types) }] : []
  })
  const { ESNext } = ts.ModuleKind
  const program = ts.createProgram(
    files.map(({ file }) => file),
    { module: ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, noLib: true, types: [] },
  )
  const checker = program.getTypeChecker()
  return files.flatMap(({ entry, file }) => {
    const source = program.getSourceFile(file)
    const symbol = source && checker.getSymbolAtLocation(source)
    if (symbol === undefined) throw new Error(`${name} ${entry}: ${file} declares no module`)
    return checker.getExportsOfModule(symbol).map((one) => {
      const isAlias = (one.flags & ts.SymbolFlags.Alias) !== 0
      const { flags } = isAlias ? checker.getAliasedSymbol(one) : one
      return `${name} ${entry} ${(flags & ts.SymbolFlags.Value) === 0 ? 'type' : 'value'} ${one.name}`
    })
  })
}

/** RELEASE/FR-003 */
export async function verifyExports(run: Run): Promise<void> {
  const { packages, version } = await run.facts.read('candidate')
  const listings = await Promise.all(
    packages.map(({ name }) => exportsOf(name, unpacked(run, name))),
  ).catch((cause: unknown) => {
    throw failed(
      {
        ...{ code: 'exports-unreadable', where: run.world.tarballs },
        what: `what a package exports is not declared: ${String(cause)}`,
        next: 'pack the declarations that package.json names',
      },
      { cause },
    )
  })
  const now = listings.flat()
  const before = await linesOf(run.world.exports)
  const announced = sectionOf(await textOf(run.world.changelog), version)
  const findings = unannounced(now, before, announced)
  if (findings.length === 0) return
  throw failed({
    ...{ code: 'export-not-announced', where: run.world.changelog, findings },
    what: `the section of ${version} does not name ${findings.length} changed exports`,
    next: 'write in the changelog what changed for whoever imports them, each name as `code`',
  })
}

/** Names that came or went since the last release and that a section of the changelog does not have. */
export function unannounced(now: Listing, before: Listing, section: string): string[] {
  const removed = before.filter((line) => !now.includes(line)).map((line) => `removed: ${line}`)
  const added = now.filter((line) => !before.includes(line)).map((line) => `added: ${line}`)
  return [...removed, ...added].filter((line) => !isAnnounced(line, section))
}

function isAnnounced(line: string, section: string): boolean {
  return section.includes(`\`${line.split(' ').at(-1) ?? ''}\``)
}

/** The section of a version; empty where there is none. */
export function sectionOf(text: string, version: string): string {
  const sections = text.split(/^## /m)
  return sections.find((section) => section.split(/\s/)[0] === version) ?? ''
}

async function linesOf(file: string): Promise<string[]> {
  return (await textOf(file)).split('\n').filter((line) => line !== '')
}

function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw inconclusive(
      {
        ...{ code: 'source-unreadable', cause: 'environment', where: file },
        what: 'the file cannot be read, so nothing is known about the exports',
        next: 'name the changelog and the exports of the last release in the configuration',
      },
      { cause },
    )
  })
}
