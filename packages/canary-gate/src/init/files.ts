/** The start of a gate, by path below its folder (docs/your-own-gate.md shows and explains each). */
export const startFiles: Readonly<Record<string, string>> = {
  'gate/gate.ts': `import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { defineGate, failed } from '@canary-gate/gate-kernel'
import { z } from 'zod'

const root = join(import.meta.dirname, '..')

export const gate = defineGate({
  title: 'release gate',
  root,
  sources: ['vitest.config.ts'],
  world: z.object({ changelog: z.string().default('CHANGELOG.md') }),
  facts: { release: z.object({ version: z.string() }) },
  requirements: [
    {
      id: 'RELEASE/FR-001',
      text: 'The version in package.json is three numbers.',
      async verify(run) {
        const file = join(root, 'package.json')
        const { version } = JSON.parse(await readFile(file, 'utf8')) as { version?: string }
        if (version === undefined || !/^\\d+\\.\\d+\\.\\d+$/.test(version)) {
          throw failed({
            code: 'version-not-plain',
            what: \`the version is \${version ?? 'missing'}\`,
            where: file,
            next: 'write three numbers, such as 1.2.0, and run the gate again',
          })
        }
        await run.facts.write('release', { version })
      },
    },
    {
      id: 'RELEASE/FR-002',
      text: 'The changelog has a section for the version.',
      async verify(run) {
        const { version } = await run.facts.read('release')
        const file = join(root, run.world.changelog)
        const text = await readFile(file, 'utf8')
        if (text.split('\\n').some((line) => line.startsWith(\`## \${version}\`))) return
        throw failed({
          code: 'changelog-missing',
          what: \`no section begins with "## \${version}"\`,
          where: file,
          next: 'write what changed and run the gate again',
        })
      },
    },
  ],
})
`,
  'gate/requirement.ts': `import { requirementsOf } from '@canary-gate/reporters/requirement'
import { gate } from './gate.ts'

export const requirement = requirementsOf(gate)
`,
  'gate/FR-001-version.test.ts': `import { requirement } from './requirement.ts'

requirement('RELEASE/FR-001')
`,
  'gate/FR-002-changelog.test.ts': `import { requirement } from './requirement.ts'

requirement('RELEASE/FR-002')
`,
  'vitest.config.ts': `import { gateConfig } from '@canary-gate/reporters'
import { gate } from './gate/gate.ts'

export default gateConfig(gate)
`,
}
