import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { anEvent } from '../../fixtures/engine/events.ts'
import { loggedInWorld } from '../../fixtures/cli/world.ts'
import { shellIn } from '../remedies/typing.ts'
import { spec } from '../spec.ts'

/** What an event of others may call its project; the id of one is whatever its producer wrote. */
const PROJECTS = [
  'plain',
  'two words',
  `x; touch "$HOME/hit"`,
  '$(touch "$HOME/hit")',
  '`touch "$HOME/hit"`',
  `it's; touch "$HOME/hit"; '`,
  'a & touch "$HOME/hit"',
  'x > "$HOME/hit"',
  'x\n  next: touch "$HOME/hit"\n',
  'line\u2028separator',
  '--revoke',
  '-',
  '*',
  '<project>',
  'ünïcode-プロジェクト',
] as const

for (const project of PROJECTS)
  spec(
    ['SYNC/C-008', 'SYNC/T077'],
    `the command that lets a foreign project go is one command, on one line, and works: ${JSON.stringify(project)}`,
    async () => {
      await using world = await loggedInWorld({ firstAnswer: 'success' })
      const file = join(world.folder, 'foreign.jsonl')
      const event = { ...anEvent(), project_uuid: project, project_slug: project }
      writeFileSync(file, `${JSON.stringify(event)}\n`)
      expect((await world.call(`sync import ${file} --json`)).json).toMatchObject({ imported: 1 })
      const status = await world.call('sync status --json')
      const { waiting } = status.json['consent'] as { waiting: { remedy: string }[] }
      const remedy = waiting[0]?.remedy ?? ''
      const sent = await world.call('sync now')
      const next = sent.out.split('\n').filter((line) => /^\s*next:/.test(line))
      expect(next).toEqual([`  next: ${remedy}`])
      const text = (await world.call('sync status')).out
      expect(text.split('\n').filter((line) => line.trim().startsWith('next:'))).toEqual([])
      expect(text.split('\n').map((line) => line.trim())).toContain(remedy)
      expect((await shellIn(world).type(remedy)).code).toBe(0)
      expect(existsSync(join(world.folder, 'hit'))).toBe(false)
      expect((await world.call('sync now --dry-run --json')).json).toMatchObject({
        streams: [{ events: 1, allowed: true }],
      })
    },
  )

spec(
  ['SYNC/C-008', 'SYNC/FR-018'],
  'a project whose name no database can store has no name of its own: to agree for one lets no other go',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    const file = join(world.folder, 'foreign.jsonl')
    const names = ['\ud800', '\ud801', '\ufffd']
    const events = names.map((project_uuid) => ({ ...anEvent(), project_uuid }))
    writeFileSync(file, events.map((event) => `${JSON.stringify(event)}\n`).join(''))
    expect((await world.call(`sync import ${file} --json`)).json).toMatchObject({ imported: 3 })
    const { json } = await world.call('sync now --dry-run --json')
    const streams = json['streams'] as { project: string; events: number }[]
    expect(streams.map(({ project, events: count }) => [project, count]).sort()).toEqual(
      [
        ['unknown', 2],
        ['\ufffd', 1],
      ].sort(),
    )
  },
)
