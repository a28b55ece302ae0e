import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { notificationOf } from '../../packages/gate-kernel/src/notify/notification.ts'
import { notify, wasNotified } from '../../packages/gate-kernel/src/notify/notifier.ts'
import { notifierIn } from '../../packages/phase4-gate/src/live-config/load.ts'
import { evidenceOf } from '../reporter/evidences.ts'
import { perfectRun } from '../reporter/observations.ts'
import { spec } from '../spec.ts'

const notification = notificationOf('a title', evidenceOf(perfectRun()), '/runs/1/evidence.json')
const token = `ghp_${'a1B2'.repeat(9)}`

async function place(environment: NodeJS.ProcessEnv = process.env) {
  const artifacts = await mkdtemp(join(tmpdir(), 'notify-'))
  onTestFinished(() => rm(artifacts, { recursive: true }))
  return { artifacts, cwd: artifacts, environment }
}

const sh = (script: string) => ({ command: ['sh', '-c', script], timeoutMs: 20_000 })

spec(
  'GATE/FR-010',
  'a notifier gets one JSON document, and no variable that may be secret',
  async () => {
    const where = await place({
      ...process.env,
      GITHUB_TOKEN: token,
      SLACK_HOOK: 'x',
      PATH: process.env['PATH'],
    })
    const secretive = { ...notification, summary: `failed with ${token}` }
    expect(notify(sh('cat > told; env > seen'), secretive, where)).toMatchObject({ ok: true })
    const told = JSON.parse(
      await readFile(join(where.artifacts, 'told'), 'utf8'),
    ) as typeof notification
    expect(told).toMatchObject({ schemaVersion: 1, end: 'verdict', verdict: 'release', stop: null })
    expect(told.requirements).toEqual({ passed: 28, total: 28 })
    expect(told.summary).not.toContain(token)
    // Half a secret takes nothing else with it.
    const begun = { ...notification, summary: ['-----BEGIN PRIVATE', 'KEY-----\nMIIE'].join(' ') }
    expect(notify(sh('cat > told'), begun, where)).toMatchObject({ ok: true })
    for (const name of ['told', join('.notified', `${notification.run!}.json`)])
      expect(JSON.parse(await readFile(join(where.artifacts, name), 'utf8'))).toBeTypeOf('object')
    const names = (await readFile(join(where.artifacts, 'seen'), 'utf8')).matchAll(/^(\w+)=/gm)
    const allowed = [
      'PATH',
      'HOME',
      'USER',
      'LOGNAME',
      'LANG',
      'TZ',
      'TMPDIR',
      'PWD',
      'OLDPWD',
      'SHLVL',
      '_',
    ]
    expect(
      [...names]
        .map(([, name]) => name)
        .filter((name) => !allowed.includes(name!) && !name!.startsWith('LC_')),
    ).toEqual([])
    expect(wasNotified(where.artifacts, notification.run!)).toBe(true)
  },
)

spec(
  'GATE/FR-010',
  'a notifier that fails, hangs, dies or is missing is said, and nothing is thrown',
  async () => {
    const where = await place()
    const textOf = (command: readonly string[], timeoutMs = 20_000): string => {
      const { ok, text } = notify({ command, timeoutMs }, notification, where)
      expect(ok).toBe(false)
      expect(text).toMatch(/^NOT notified: .*; the verdict stands$/)
      return text
    }
    expect(textOf(['sh', '-c', `echo "no such room, ${token}"; exit 7`])).toMatch(
      /exit code 7 \(no such room, \[redacted/,
    )
    expect(textOf([join(where.artifacts, 'none')])).toContain('there is no such program')
    expect(textOf(['sh', '-c', 'kill -9 $$'])).toContain('ended by SIGKILL')
    await writeFile(join(where.artifacts, 'plain'), '')
    expect(textOf([join(where.artifacts, 'plain')])).toContain('not started (EACCES)')
    // Its child ignores what ends it, and holds its output: all of the group goes, at once.
    const hanging = `trap '' TERM; sleep 600 & echo $! > child; wait`
    expect(textOf(['sh', '-c', hanging], 300)).toContain('notify.timeoutMs')
    const child = Number(await readFile(join(where.artifacts, 'child'), 'utf8'))
    await expect.poll(() => isRunning(child), { timeout: 60_000 }).toBe(false)
  },
)

spec(
  'GATE/FR-010',
  'a notifier that does not read, or leaves a child behind, has done its work',
  async () => {
    const where = await place()
    expect(
      notify(sh('exit 0'), { ...notification, summary: 'x'.repeat(1_000_000) }, where).ok,
    ).toBe(true)
    expect(notify(sh('sleep 5 & exit 0'), notification, where).ok).toBe(true)
    const nowhere = { ...where, artifacts: join(where.artifacts, 'told', 'below') }
    await writeFile(join(where.artifacts, 'told'), 'a file where a folder should be')
    expect(notify(sh('cat > /dev/null'), notification, nowhere).ok).toBe(true)
  },
)

spec(
  'GATE/FR-010',
  'the notifier is read also from a configuration that is wrong elsewhere',
  async () => {
    const { artifacts } = await place()
    const file = join(artifacts, 'live.toml')
    await writeFile(file, 'workspace = 7\n[notify]\ncommand = ["sh", "n.sh"]\n')
    expect(await notifierIn(file)).toEqual({ command: ['sh', 'n.sh'], timeoutMs: 10_000 })
    await writeFile(file, 'workspace = 7\n[notify]\ncommand = []\n')
    expect(await notifierIn(file)).toBeUndefined()
    await writeFile(file, 'workspace = ')
    expect(await notifierIn(file)).toBeUndefined()
    expect(await notifierIn(join(artifacts, 'none.toml'))).toBeUndefined()
  },
)

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
