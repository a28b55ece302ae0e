import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { cliWorld, loggedInWorld } from '../../fixtures/cli/world.ts'
import { CATALOGUE } from '../../packages/spec-kitty/src/catalogue/index.ts'
import { main } from '../../packages/spec-kitty/src/main.ts'
import { spec } from '../spec.ts'

/** Each option that takes a value, with the command that has it. */
const VALUED = CATALOGUE.flatMap(({ path, options = [], args = [] }) =>
  options
    .filter(({ flags }) => flags.includes('<'))
    .map(({ flags }) => ({
      words: [...path, ...args.filter(({ required }) => required === true).map(() => 'x')],
      option: /--[\w-]+/.exec(flags)?.[0] ?? '',
    })),
)

spec(
  ['BOUNDARY/NFR-004', 'SYNC/NFR-001'],
  'an option without its value is a wrong command line, however it came about, and nothing is done',
  async () => {
    await using world = cliWorld()
    for (const { words, option } of VALUED)
      for (const rest of [[option, ''], [`${option}=`], [option, '  '], [option, '--help']]) {
        let out = ''
        const code = await main([...words, ...rest], {
          env: world.env,
          cwd: world.project,
          program: '',
          out: (text) => (out += text),
          err: (text) => (out += text),
          now: Date.now,
          isTerminal: false,
          columns: 80,
        })
        expect([code, out], [...words, ...rest].join(' ')).toEqual([
          64,
          expect.stringContaining(option),
        ])
      }
    expect(existsSync(world.home)).toBe(false)
  },
)

spec(
  ['SYNC/C-008', 'SYNC/NFR-001'],
  'a variable that is not set agrees to nothing, and --json is no name of a file',
  async () => {
    await using world = await loggedInWorld({ firstAnswer: 'success' })
    await world.call('agent mission create demo')
    await world.call('sync allow --revoke')
    for (const line of ["sync allow --project ''", "sync allow --account ''", "sync import ''"])
      expect((await world.call(line)).code, line).toBe(64)
    const report = await world.call('sync now --report --json')
    expect([report.code, report.json['error_code']]).toEqual([64, 'usage'])
    expect(existsSync(join(world.project, '--json'))).toBe(false)
    expect(world.service.events.size).toBe(0)
  },
)
