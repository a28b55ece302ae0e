import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { endingsPage, playedEndings, type PlayedEnding } from '../../fixtures/endings/endings.ts'
import { inOneSpelling } from '../../packages/spec-kitty/src/command/finish.ts'
import { ENDINGS, type EndWord } from '../../packages/sync-engine/src/index.ts'
import { spec } from '../spec.ts'

let all: Promise<PlayedEnding[]> | undefined
const played = (): Promise<PlayedEnding[]> => (all ??= playedEndings())

const isWord = (word: string | null): word is EndWord => word !== null && word in ENDINGS
const isDelivery = ({ command }: PlayedEnding): boolean =>
  /^(sync now|daemon)( --no-strict)?$/.test(command)
const isStatus = ({ command }: PlayedEnding): boolean => command.startsWith('sync status')

spec(
  ['SYNC/T072', 'SYNC/FR-019', 'BOUNDARY/FR-008'],
  'docs/endings.md shows how commands really end, in at least forty cases',
  async () => {
    const rows = await played()
    const page = readFileSync(new URL('../../docs/endings.md', import.meta.url), 'utf8')
    expect(endingsPage(rows)).toBe(page)
    expect(rows.length).toBeGreaterThanOrEqual(40)
  },
)

spec(
  ['SYNC/FR-019', 'SYNC/T071', 'SYNC/T077'],
  'exit code and JSON of every command say the same',
  async () => {
    for (const { state, command, ok, exitCode } of await played()) {
      if (exitCode === null || command.includes('--no-strict')) continue
      expect([state, command, ok]).toEqual([state, command, exitCode === 0])
    }
  },
)

spec(
  ['SYNC/FR-019', 'SYNC/SC-007'],
  'a delivery, of a person or of the daemon, and the status after it use one word',
  async () => {
    for (const row of (await played()).filter(isDelivery)) {
      const { state, command, word, ok, status } = row
      if (!isWord(word)) continue
      expect([state, command, ok]).toEqual([state, command, ENDINGS[word].ok])
      // Another process is at work only for as long as it is.
      if (word !== 'held') expect([state, command, status]).toEqual([state, command, word])
    }
  },
)

spec(
  ['SYNC/FR-019', 'SYNC/SC-009'],
  'nothing is called delivered or coherent that is not',
  async () => {
    for (const row of await played()) {
      const { state, command, text, word, ok } = row
      if (text.includes('Nothing is left'))
        expect([state, command, word]).toEqual([state, command, 'delivered'])
      if (command === 'sync now' && word === 'delivered') expect(text).toContain('Nothing is left')
      if (!isStatus(row)) continue
      const isFine = isWord(word) && (ENDINGS[word].ok || text.includes('nothing waits, and'))
      if (text.startsWith('✓')) expect([state, isFine, ok]).toEqual([state, true, true])
      if (word === 'delivered' && ok === true)
        expect([state, text.startsWith('✓')]).toEqual([state, true])
    }
  },
)

spec(
  ['SYNC/NFR-006', 'SYNC/T075'],
  'every key is written in snake case, and a key of an earlier version stays with it; events are not touched',
  () => {
    const envelope = { someKey: 1 }
    expect(inOneSpelling({ dryRun: true, rows: [{ sourceErrors: [], envelope }] })).toEqual({
      dryRun: true,
      dry_run: true,
      rows: [{ sourceErrors: [], source_errors: [], envelope }],
    })
  },
)
