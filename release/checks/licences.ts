import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { failed } from '@canary-gate/gate-kernel'
import { z } from 'zod'
import type { Run } from './facts.ts'

/** SPDX names of licences under which whoever installs a package may use all of it. */
const ALLOWED = [
  ...['MIT', 'MIT-0', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0'],
  ...['BlueOak-1.0.0', 'CC0-1.0', 'Unlicense', 'Python-2.0', 'MPL-2.0'],
]

const manifestSchema = z.looseObject({
  name: z.string(),
  version: z.string(),
  license: z.union([z.string(), z.looseObject({ type: z.string() })]).optional(),
})

/** RELEASE/C-001: of everything that is installed along with a package, however deep. */
export async function verifyLicences(run: Run): Promise<void> {
  const node = run.world.nodes.at(-1)
  const installed = await run.facts.read('installations')
  const counts: Record<string, number> = {}
  const findings = new Set<string>()
  for (const { folder } of installed.filter((one) => one.node === node))
    for (const file of manifestsBelow(folder)) {
      const manifest = manifestSchema.safeParse(JSON.parse(await readFile(file, 'utf8')))
      // Folders of a package may have a package.json that only says how its modules are read.
      if (!manifest.success) continue
      const { name, version, license = 'none' } = manifest.data
      const licence = typeof license === 'string' ? license : license.type
      counts[licence] = (counts[licence] ?? 0) + 1
      if (!isAllowed(licence)) findings.add(`${name} ${version}: ${licence}`)
    }
  if (findings.size > 0) throw forbidden([...findings].sort())
  await run.facts.write('licences', counts)
}

/** The package.json of each installed package, nested ones included. */
function manifestsBelow(folder: string): string[] {
  return globSync('**/node_modules/{*,@*/*}/package.json', { cwd: folder })
    .filter((path) => dirname(path).includes('node_modules'))
    .map((path) => join(folder, path))
}

/** One choice of an expression must be allowed, and every part of that. */
export function isAllowed(expression: string): boolean {
  const choices = expression.replaceAll(/[()]/g, '').split(' OR ')
  return choices.some((choice) =>
    choice.split(' AND ').every((one) => ALLOWED.includes(one.trim())),
  )
}

const forbidden = (findings: readonly string[]): Error =>
  failed({
    ...{ code: 'licence-not-allowed', where: 'package.json of what is installed', findings },
    what: `licences that are not allowed: ${findings.join('; ')}`,
    next: 'do without that package, or decide that its licence is allowed (release/checks)',
  })
