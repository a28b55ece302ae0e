import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { askGit, git } from '../../packages/programs/src/git.ts'
import { gitSettings } from '../../packages/programs/src/git-variables.ts'
import { spec } from '../spec.ts'

let clone = ''
const before = { ...process.env }
const plain = ['-c', 'user.name=a', '-c', 'user.email=a@example']

beforeAll(async () => {
  clone = await mkdtemp(join(tmpdir(), 'git-environment-'))
  await execa('git', ['init', '--quiet'], { cwd: clone })
  for (const text of ['one\n', 'two\n']) {
    await writeFile(join(clone, 'file.txt'), text)
    await execa('git', ['add', '.'], { cwd: clone })
    await execa('git', [...plain, 'commit', '--quiet', '-m', text], { cwd: clone })
  }
})
afterAll(() => rm(clone, { recursive: true }))
afterEach(() => {
  for (const name of Object.keys(process.env))
    if (!(name in before)) Reflect.deleteProperty(process.env, name)
})

const difference = (): Promise<string> =>
  git(clone, ['diff', '-U0', '--no-ext-diff', 'HEAD~1', 'HEAD'])
const found = (): Promise<string> => git(clone, ['grep', '-o', '-w', '-F', '-e', 'two', 'HEAD'])

function set(...settings: readonly (readonly [key: string, value: string])[]): void {
  process.env['GIT_CONFIG_COUNT'] = String(settings.length)
  for (const [at, [key, value]] of settings.entries()) {
    process.env[`GIT_CONFIG_KEY_${at}`] = key
    process.env[`GIT_CONFIG_VALUE_${at}`] = value
  }
}

spec(['GATE/FR-002', 'GATE/C-005'], 'settings by variable change no answer of git', async () => {
  const answers = [await difference(), await found()]
  for (const setting of [
    ...[['diff.noprefix', 'true'] as const, ['diff.mnemonicPrefix', 'true'] as const],
    ...[['color.ui', 'always'] as const, ['grep.lineNumber', 'true'] as const],
    ...[['diff.dirstat', 'lines'] as const, ['diff.wsErrorHighlight', 'all'] as const],
    ...[['core.abbrev', '4'] as const, ['diff.external', '/bin/true'] as const],
  ]) {
    set(setting)
    expect([await difference(), await found()], setting.join('=')).toEqual(answers)
  }
})

spec(['GATE/FR-002', 'GATE/C-005'], 'nor do settings of the operator', async () => {
  const answers = [await difference(), await found()]
  const settings = join(clone, '.git', 'operator')
  await writeFile(
    settings,
    '[diff]\nnoprefix = true\n[color]\nui = always\n[grep]\nlineNumber = true\ncolumn = true\n',
  )
  process.env['GIT_CONFIG_GLOBAL'] = settings
  expect([await difference(), await found()]).toEqual(answers)
})

spec('GATE/C-005', 'a variable that git may have one day goes nowhere', async () => {
  process.env['GIT_OF_SOME_YEAR'] = 'x'
  process.env['GIT_EXEC_PATH'] = clone
  process.env['GIT_SSH_COMMAND'] = 'ssh -4'
  const shown = await git(clone, ['-c', 'alias.shown=!env', 'shown'])
  expect(shown).not.toContain('GIT_OF_SOME_YEAR')
  expect(shown).not.toContain(`GIT_EXEC_PATH=${clone}`)
  expect(shown).toContain('GIT_SSH_COMMAND=ssh -4')
})

spec('GATE/C-005', 'whose folders may be read goes on, also by variable', async () => {
  set(['safe.directory', clone], ['core.worktree', '/'], ['core.hooksPath', '/tmp'])
  expect(gitSettings(process.env)).toEqual({
    ...{ GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory' },
    GIT_CONFIG_VALUE_0: clone,
  })
  const answer = await askGit(clone, ['config', '--get-all', 'safe.directory'])
  expect(answer.ok && answer.stdout.toString('utf8').trim()).toBe(clone)
})

spec('GATE/C-005', 'a setting that is a token is on no command line', async () => {
  const token = 'AUTHORIZATION: basic c2VjcmV0'
  set(['http.https://127.0.0.1/.extraheader', token])
  const answer = await git(clone, ['-c', 'alias.seen=!tr "\\0" " " < /proc/$PPID/cmdline', 'seen'])
  expect(answer).toContain('alias.seen')
  expect(answer).not.toContain('c2VjcmV0')
  const settings = await askGit(clone, ['config', '--get-regexp', '^http\\..*extraheader$'])
  expect(settings.ok && settings.stdout.toString('utf8')).toContain(token)
})
