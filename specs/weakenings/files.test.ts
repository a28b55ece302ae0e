import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { gateFile, passing, runShortGate } from '../../fixtures/short-run/short-run.ts'
import { spec } from '../spec.ts'
import { endsWithoutRelease, expectNoRelease, withShortGate } from './weakened.ts'

/** Replaces the second requirement's file. */
const second =
  (content: string) =>
  (folder: string): Promise<void> =>
    writeFile(gateFile(folder, 1), content)

const plain = (test: string): string => `import { ${test.split('.')[0] ?? ''} } from 'vitest'\n`

endsWithoutRelease('a file without tests', { prepare: second(`export {}\n`) })
endsWithoutRelease('a throw outside of the test', {
  prepare: second(`${passing(1)}throw new Error('at load')\n`),
})
endsWithoutRelease('a beforeAll that throws', {
  prepare: second(
    `${passing(1)}import { beforeAll } from 'vitest'\nbeforeAll(() => { throw new Error('no') })\n`,
  ),
})
endsWithoutRelease('an unhandled rejection', {
  prepare: second(
    passing(
      1,
      `async () => { void Promise.reject(new Error('late')); await new Promise((r) => setTimeout(r, 50)) }`,
    ),
  ),
})
endsWithoutRelease('a test that ends the process', {
  prepare: second(passing(1, `async () => { process.exit(0) }`)),
})
endsWithoutRelease('a worker that is killed', {
  prepare: second(
    passing(1, `async () => { process.kill(process.pid, 'SIGKILL'); await new Promise(() => {}) }`),
  ),
})
endsWithoutRelease('.skip', {
  prepare: second(`${plain('test')}test.skip('GATE/C-005 later', () => {})\n`),
})
endsWithoutRelease('a requirement that returns before it is registered', {
  prepare: second(passing(1).replace(/^requirement\(/m, 'if (process.env.NEVER) requirement(')),
})
endsWithoutRelease('a requirement inside a skipped group', {
  prepare: second(
    `import { describe } from 'vitest'\n${passing(1).replace(/^(requirement\([^]*\))\n?$/m, 'describe.skip("later", () => { $1 })')}\n`,
  ),
})
endsWithoutRelease('a hook of the file that writes the pass itself', {
  prepare: second(`import { afterEach, test } from 'vitest'
afterEach(({ task }) => { task.meta.requirement = { id: 'GATE/C-005', verdict: 'pass' } })
test('GATE/C-005 red', () => { throw new Error('red') })
`),
})
endsWithoutRelease('a reporter in the configuration that hides failures', {
  prepare: async (folder) => {
    const config = join(folder, 'vitest.config.ts')
    const text = await readFile(config, 'utf8')
    const hiding = `{ onTestModuleEnd(module) { for (const test of module.children.allTests()) test.result = () => ({ state: 'passed' }) } }`
    await writeFile(
      config,
      text.replace('export default', `config.test.reporters = [${hiding}]\nexport default`),
    )
    await second(passing(1, `async () => { throw new Error('red') }`))(folder)
  },
})
endsWithoutRelease('a plugin in the configuration that rewrites what is proven', {
  prepare: async (folder) => {
    const config = join(folder, 'vitest.config.ts')
    const text = await readFile(config, 'utf8')
    const rewriting = `{ name: 'rewriting', transform: (code) => code.replace("throw new Error('red')", '') }`
    await writeFile(
      config,
      text.replace('export default', `config.plugins.push(${rewriting})\nexport default`),
    )
    await second(passing(1, `async () => { throw new Error('red') }`))(folder)
  },
  names: 'configuration',
})
endsWithoutRelease('a workspace file beside the configuration', {
  prepare: async (folder) => {
    const text = `export default [{ test: { name: 'gate', include: ['gate/01-*.test.ts'] } }]\n`
    for (const name of ['vitest.workspace.ts', 'vitest.projects.ts'])
      await writeFile(join(folder, name), text)
    await second(passing(1, `async () => { throw new Error('red') }`))(folder)
  },
})
endsWithoutRelease('an .env file that sets what the command line may not', {
  prepare: async (folder) => {
    const text = 'VITEST_MAX_WORKERS=4\nNODE_OPTIONS=--import=./x.mjs\nVITE_TEST_BAIL=0\n'
    for (const name of ['.env', '.env.test', '.env.local'])
      await writeFile(join(folder, name), text)
    await second(passing(1, `async () => { throw new Error('red') }`))(folder)
  },
})
endsWithoutRelease('.todo', { prepare: second(`${plain('test')}test.todo('GATE/C-005 later')\n`) })
endsWithoutRelease('.only beside the requirement', {
  prepare: second(`${plain('test')}${passing(1)}test.only('other', () => {})\n`),
})
endsWithoutRelease('.fails', {
  prepare: second(`${plain('test')}test.fails('GATE/C-005 x', () => { throw new Error('x') })\n`),
})
endsWithoutRelease('a second test in the file', {
  prepare: second(`${plain('test')}${passing(1)}test('another', () => {})\n`),
  names: 'test-count',
})
endsWithoutRelease('a requirement under the name of another', { prepare: second(passing(2)) })
endsWithoutRelease('a retry that turned red into green', {
  prepare: second(`import { test } from 'vitest'
let tries = 0
test('GATE/C-005 flaky', { retry: 2 }, ({ task }) => {
  tries += 1
  task.meta.requirement = { id: 'GATE/C-005', verdict: 'pass' }
  if (tries < 2) throw new Error('red')
})
`),
  names: 'retried',
})
endsWithoutRelease('a missing file', {
  prepare: (folder) => rm(gateFile(folder, 1)),
  names: 'filtered',
})
endsWithoutRelease('a file of no requirement', {
  prepare: (folder) => writeFile(join(folder, 'gate', '99-extra.test.ts'), passing(1)),
  names: 'foreign-module',
})
spec('GATE/FR-008', 'a file of no requirement is not run, though all of them passed', async () => {
  await withShortGate(async (folder) => {
    const ran = join(folder, 'it-ran')
    await writeFile(
      join(folder, 'gate', '99-extra.test.ts'),
      `${plain('test')}import { writeFileSync } from 'node:fs'
test('extra', () => writeFileSync(${JSON.stringify(ran)}, ''))
`,
    )
    const { output } = await runShortGate(folder, ['run', 'gate'])
    expect(output).toContain('ok  GATE/FR-011')
    expect(await readFile(ran).catch(() => 'it did not')).toBe('it did not')
  })
})
endsWithoutRelease('two files of one requirement', {
  prepare: (folder) => writeFile(join(folder, 'gate', '09-C-005-twice.test.ts'), passing(1)),
})
for (const [what, file] of [
  ['a requirement', `'gate/04-FR-011-short.test.ts'`],
  ['the definition of the gate', `'gate/world.ts'`],
  ['the world of the run', `inject('runFolder') + '/world.json'`],
] as const)
  endsWithoutRelease(`${what} that is edited while the gate runs`, {
    prepare: second(
      `import { appendFileSync } from 'node:fs'\nimport { inject } from 'vitest'\n${passing(
        1,
        `async () => appendFileSync(${file}, ' ')`,
      )}`,
    ),
    names: 'configuration',
  })
endsWithoutRelease('a global set-up that throws', {
  prepare: (folder) =>
    writeFile(
      join(folder, 'gate', 'world.ts'),
      `export default () => { throw new Error('no world') }\n`,
    ),
})
endsWithoutRelease('a changed setting in the configuration file', {
  prepare: async (folder) => {
    const config = join(folder, 'vitest.config.ts')
    const text = await readFile(config, 'utf8')
    const changed = 'config.test.projects[0].test.retry = 3\nexport default'
    await writeFile(config, text.replace('export default', changed))
  },
  names: 'configuration',
})

spec(
  'GATE/C-008',
  'called by a git hook, neither world nor requirement sees its repository',
  async () => {
    await withShortGate(async (folder) => {
      const setUp = join(folder, 'gate', 'world.ts')
      const refuse = `if ('GIT_DIR' in process.env || 'GIT_INDEX_FILE' in process.env) throw new Error('seen')`
      await writeFile(setUp, `${await readFile(setUp, 'utf8')}\n${refuse}\n`)
      await second(passing(1, `async () => { ${refuse} }`))(folder)
      const variables = { GIT_DIR: join(folder, '.git'), GIT_INDEX_FILE: join(folder, 'index') }
      const result = await runShortGate(folder, ['run', 'gate'], variables)
      expect(result.evidence?.verdict, result.output).toBe('release')
    })
  },
)

spec(
  ['GATE/FR-008'],
  'files run in the order of the register, whatever their numbers say',
  async () => {
    await withShortGate(async (folder) => {
      const last = gateFile(folder, 0).replace('01-FR-002', '77-FR-002')
      await rename(gateFile(folder, 0), last)
      const result = await runShortGate(folder, ['run', 'gate'])
      expect(result.evidence?.verdict).toBe('release')
      expect(result.output.indexOf('ok  GATE/FR-002')).toBeLessThan(
        result.output.indexOf('ok  GATE/C-005'),
      )
    })
  },
)

spec(
  'GATE/FR-008',
  'the first stop ends the gate and names itself in every later one',
  async () => {
    await withShortGate(async (folder) => {
      await writeFile(
        gateFile(folder, 1),
        passing(
          1,
          `async () => { throw Object.assign(new Error('no'), { name: 'AssertionError' }) }`,
        ),
      )
      const result = await runShortGate(folder, ['run', 'gate'])
      expectNoRelease(result)
      expect(result.evidence?.stop).toMatchObject({
        requirement: 'GATE/C-005',
        code: 'assertion-failed',
      })
      expect(result.evidence?.requirements.map((one) => one.verdict)).toEqual([
        'pass',
        'fail',
        ...Array.from({ length: 3 }, () => 'not-run'),
      ])
      expect(result.evidence?.state).toBe('STOPPED')
    })
  },
)
