import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { lintSource } from '@secretlint/core'
import { creator } from '@secretlint/secretlint-rule-preset-recommend'
import { expect } from 'vitest'
import { gateFile, passing, runShortGate } from '../../fixtures/short-run/short-run.ts'
import { spec } from '../spec.ts'
import { withShortGate } from '../weakenings/weakened.ts'

/** Looks like nothing: only who asked the command for it knows that it is a secret. */
const opaque = ['swordfish', 'of', 'the', 'operator'].join('-')
const known = [
  ['AKIA', 'Q7ZT'.repeat(4)].join(''),
  ['xoxb', '1234567890', 'abcDEF123456'].join('-'),
  ['ghp', 'a1B2'.repeat(9)].join('_'),
].join(' ')

/** A requirement that asks a command for a token and shows it at every place that it can. */
const careless = `async (run) => {
  const { tokenOfCommand, openFactStore, failed } = await import('@canary-gate/gate-kernel')
  const { z } = await import('zod')
  const github = { tokenEnv: 'NONE_OF_THEM', tokenCommand: ['cat', gate.root + '/token'] }
  const token = await tokenOfCommand(github, process.env)
  const told = 'told ' + token + ' and ' + process.env.PLANTED_WORDS
  run.progress(told)
  await openFactStore({ told: z.object({ told: z.string() }) }, run.folder).write('told', { told })
  throw failed({ code: 'told', what: told, where: told, next: told, findings: [told, JSON.stringify(told + '\\n' + token)] })
}`

spec(
  'GATE/NFR-003',
  'a run that is given secrets leaves none of them below its artifacts and on the screen',
  async () => {
    await withShortGate(async (folder) => {
      await writeFile(join(folder, 'token'), `${opaque}\n`)
      await writeFile(gateFile(folder, 2), passing(2, careless))
      const { evidence, output } = await runShortGate(folder, ['run', 'gate'], {
        PLANTED_WORDS: known,
      })
      expect(evidence?.stop, output).toMatchObject({ requirement: 'GATE/FR-006', code: 'told' })
      const files = await filesBelow(join(folder, 'artifacts'))
      expect(files.map(([name]) => name.split('/').at(-1))).toEqual(
        expect.arrayContaining(['evidence.json', 'state.json', 'told.json', 'index.html']),
      )
      for (const [name, content] of [...files, ['the screen', output] as const]) {
        for (const secret of [opaque, ...known.split(' ')]) {
          expect(content, name).not.toContain(secret)
        }
        expect(await secondScanner(name, content), name).toEqual([])
      }
      expect(output).toContain('[redacted:')
      // The scanner would have found them.
      expect(await secondScanner('planted.txt', known)).not.toEqual([])
    })
  },
)

async function filesBelow(folder: string): Promise<[name: string, content: string][]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const names = entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name))
  return Promise.all(names.map(async (name) => [name, await readFile(name, 'utf8')]))
}

async function secondScanner(filePath: string, content: string): Promise<string[]> {
  const { messages } = await lintSource({
    source: { content, filePath, ext: '.txt', contentType: 'text' },
    options: {
      config: { rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: creator }] },
    },
  })
  return messages.map(({ message }) => message)
}
