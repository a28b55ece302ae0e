import { execa } from 'execa'
import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { expect } from 'vitest'
import { cliWorld, type CliWorld } from '../../fixtures/cli/world.ts'
import { CATALOGUE } from '../../packages/spec-kitty/src/catalogue/index.ts'
import { stepsOf } from '../../packages/spec-kitty/src/completion/steps.ts'
import { spec } from '../spec.ts'

const SHELLS = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof SHELLS)[number]

/** Whether this machine has the shell; bash is required, the others are tried where they are. */
function isThere(shell: Shell): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, shell), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** Writes the script that the program prints and returns its path. */
async function scriptOf(world: CliWorld, shell: Shell): Promise<string> {
  const printed = await world.run(`completion ${shell}`)
  expect([printed.code, printed.err]).toEqual([0, ''])
  const path = join(world.folder, `completion.${shell}`)
  writeFileSync(path, `${printed.out}\n`)
  return path
}

/** What a real bash offers after each of these command lines; the last word is the one being typed. */
async function offered(world: CliWorld, lines: readonly string[]): Promise<string[][]> {
  const ask = lines.map((line) => {
    const words = line.split(' ').map((word) => `'${word}'`)
    return `COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; COMPREPLY=(); _spec_kitty
      echo "\${COMPREPLY[*]}"`
  })
  const script = `set -u\nsource '${await scriptOf(world, 'bash')}'\n${ask.join('\n')}\n`
  const { stdout } = await execa('bash', ['--noprofile', '--norc', '-c', script], {
    cwd: world.project,
  })
  return stdout.split('\n').map((words) => words.split(' ').filter((word) => word !== ''))
}

for (const shell of SHELLS)
  spec(
    'SYNC/T077',
    `${shell} reads its completion script${shell === 'bash' ? '' : ', where this machine has it'}`,
    async () => {
      await using world = cliWorld()
      const script = await scriptOf(world, shell)
      if (shell !== 'bash' && !isThere(shell)) return
      const checked = await execa(shell, ['-n', script], { reject: false })
      expect([checked.exitCode, checked.stderr]).toEqual([0, ''])
    },
  )

spec('SYNC/T077', 'bash completes every command and every flag of it', async () => {
  await using world = cliWorld()
  const { after } = stepsOf(CATALOGUE)
  const lines = [...after.keys()].map((typed) => ['spec-kitty', typed, ''].join(' '))
  const answers = await offered(
    world,
    lines.map((line) => line.replace(/^spec-kitty {2}$/, 'spec-kitty ')),
  )
  const commands = CATALOGUE.filter(({ hidden }) => hidden !== true)
  expect(answers).toHaveLength(after.size)
  expect(after.size).toBeGreaterThan(commands.length)
  for (const { path, options = [] } of commands) {
    path.forEach((word, depth) => {
      const at = [...after.keys()].indexOf(path.slice(0, depth).join(' '))
      expect(answers[at]).toContain(word)
    })
    const own = answers[[...after.keys()].indexOf(path.join(' '))]
    const flags = options.map(({ flags: notation }) => notation.split(' ')[0])
    expect(own).toEqual(expect.arrayContaining([...flags, '--help']))
  }
})

spec(
  'SYNC/T077',
  'bash goes on behind arguments and flags, and narrows what was begun',
  async () => {
    await using world = cliWorld()
    mkdirSync(join(world.project, 'archives'))
    writeFileSync(join(world.project, 'events.jsonl'), '')
    const [lanes, resolve, modes, file, value, report, begun, nothing] = await offered(world, [
      'spec-kitty agent tasks move-task WP01 --to claimed --n',
      'spec-kitty sync migrate --resolve ',
      'spec-kitty sync mode ',
      'spec-kitty sync import ev',
      'spec-kitty sync archive --file ',
      'spec-kitty sync now --report ev',
      'spec-kitty sync st',
      'spec-kitty agent tasks move-task WP01 --note ',
    ])
    expect(lanes).toEqual(['--note'])
    expect(resolve).toEqual(['keep-existing', 'take-incoming'])
    expect(modes).toContain('LOCAL_RETENTION')
    expect(file).toEqual(['events.jsonl'])
    expect(value).toEqual(expect.arrayContaining(['archives', 'events.jsonl']))
    expect(report).toEqual(['events.jsonl'])
    expect(begun).toEqual(['status'])
    expect(nothing).toEqual([])
  },
)

spec('SYNC/T077', 'what machinery runs is offered by no shell', async () => {
  await using world = cliWorld()
  for (const shell of SHELLS)
    expect((await world.call(`completion ${shell}`)).out).not.toContain('sync daemon run')
  const refused = await world.call('completion powershell')
  expect([refused.code, refused.err]).toEqual([64, expect.stringContaining('bash, zsh, fish')])
})
