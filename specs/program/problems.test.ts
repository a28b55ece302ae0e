import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import fc from 'fast-check'
import { beforeAll, expect } from 'vitest'
import { asTyped } from '../../packages/gate-kernel/src/command/typed.ts'
import { didYouMean } from '../../packages/canary-gate/src/program/nearest.ts'
import { spec } from '../spec.ts'

const root = join(import.meta.dirname, '..', '..')
const program = join(root, 'packages', 'canary-gate', 'bin', 'canary-gate.js')

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'problems-'))
  await writeFile(join(folder, 'live.json'), '{}')
  return () => rm(folder, { recursive: true })
})

async function answer(line: string) {
  const words = line.replaceAll('FOLDER', folder).split(' ')
  const env = { CANARY_GATE_ARTIFACTS: join(folder, 'runs') }
  const { exitCode, stdout, stderr } = await execa(process.execPath, [program, ...words], {
    ...{ cwd: root, env, reject: false },
  })
  return { exitCode, stdout, stderr }
}

/** What an operator may get wrong, the exit code, and a part of the sentence that says so. */
const wrong: readonly [line: string, exitCode: number, code: string, what: string][] = [
  ['histroy', 2, 'usage', 'Did you mean history?'],
  ['history --jsn', 2, 'usage', 'Did you mean --json?'],
  ['run gaet', 2, 'usage', 'did you mean gate?'],
  ['history --gate relaese', 2, 'usage', 'did you mean release?'],
  ['doctor --config FOLDER/none.toml', 2, 'configuration', 'none.toml'],
  ['doctor --config FOLDER/live.json', 2, 'configuration', 'live.json'],
  ['doctor --confg live.toml', 2, 'usage', 'Did you mean --config?'],
  ['doctor', 2, 'usage', "required option '--config <file>' not specified"],
  ['waive GATE/FR-001 --canidate v1', 2, 'usage', 'Did you mean --candidate?'],
  ['verify FOLDER/none', 2, 'usage', 'there is no folder'],
  ['publish --resume 20260520T080000Z-1f3a', 2, 'usage', 'there is no run 20260520T080000Z-1f3a'],
  ['report 20260520T080000Z-1f3a', 2, 'usage', 'there is no run 20260520T080000Z-1f3a'],
  ['trace --spec SINC', 2, 'usage', 'did you mean SYNC?'],
  ['trace --candidate v9.9.9', 2, 'usage', 'is of candidate v9.9.9'],
  ['prove --allow partyl HEAD', 2, 'usage', 'did you mean partly?'],
  ['inspect-fix --criterion 1142 --commit HEAD', 3, 'criterion-unreadable', 'issue 1142'],
  ['prove none..HEAD --repo FOLDER', 3, 'no-repository', 'as a clone'],
  ['init FOLDER/live.json', 3, 'file-system', 'live.json'],
]

for (const [line, exitCode, code, what] of wrong)
  spec(['GATE/FR-010', 'GATE/FR-011'], `with --json what went wrong is JSON: ${line}`, async () => {
    const given = await answer(`${line} --json`)
    expect(JSON.parse(given.stdout || '{}'), given.stderr).toMatchObject({
      ...{ ok: false, exitCode },
      error: { code, what: expect.stringContaining(what) as string },
    })
    expect(given.exitCode).toBe(exitCode)
    expect(given.stderr).toContain(what)
    expect(given.stderr).not.toMatch(/^ {4}at /m)
  })

spec('GATE/FR-011', 'without --json nothing of it is on standard output', async () => {
  expect(await answer('verify FOLDER/none')).toMatchObject({ exitCode: 2, stdout: '' })
  const unknown = await answer('report 20260520T080000Z-1f3a')
  expect([unknown.exitCode, unknown.stdout]).toEqual([2, ''])
  expect(unknown.stderr).toMatch(/list them with: npx canary-gate history$/)
  const ofGate = await answer('report 20260520T080000Z-1f3a --gate release')
  expect(ofGate.stderr).toContain('list them with: npx canary-gate history --gate release')
})

spec('GATE/FR-010', 'a history without a run is a page that says so', async () => {
  expect(await answer('history --html')).toMatchObject({
    ...{ exitCode: 0, stdout: join(folder, 'runs', 'history.html'), stderr: '' },
  })
})

spec('GATE/FR-011', 'every command that help lists is printed as it is typed', async () => {
  const help = (await answer('--help')).stdout
  const names = [...help.matchAll(/^ {2}([a-z][a-z-]*) .*/gm)].map(([, name = '']) => name)
  expect(names.length).toBeGreaterThan(12)
  for (const name of names.filter((one) => one !== 'help'))
    expect(asTyped(`canary-gate ${name}`, 'npx canary-gate')).toBe(`npx canary-gate ${name}`)
})

const letters = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h')
const word = fc.string({ unit: letters, minLength: 5, maxLength: 20 })

/** One slip of a finger: a letter left out, doubled, replaced, or swapped with the next. */
const slip = fc.record({ at: fc.nat(), kind: fc.nat({ max: 3 }), letter: letters })

spec('GATE/FR-011', 'one slip of a finger is recognised; a far word suggests nothing', () => {
  fc.assert(
    fc.property(word, slip, (known, { at, kind, letter }) => {
      const place = at % (known.length - 1)
      const [own, next] = [known.charAt(place), known.charAt(place + 1)]
      const typed = [next, `${own}${own}${next}`, `${letter}${next}`, `${next}${own}`][kind] ?? ''
      const slipped = `${known.slice(0, place)}${typed}${known.slice(place + 2)}`
      expect(didYouMean(slipped, [known])).toBe(` (did you mean ${known}?)`)
      expect(didYouMean('#'.repeat(known.length), [known])).toBe('')
    }),
  )
})
