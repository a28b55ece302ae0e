import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { startCluster, whyNoCluster } from '../../fixtures/hub/cluster.ts'
import { hubProcess } from '../../fixtures/hub/hub.ts'
import { get } from '../../fixtures/hub/client.ts'
import { reasonOf } from '../../packages/hub/src/database/embedded.ts'
import { main } from '../../packages/hub/src/main.ts'
import { spec } from '../spec.ts'

interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

async function command(...words: string[]): Promise<Ended> {
  let out = ''
  let err = ''
  const io = {
    out: (more: string) => void (out += more),
    err: (more: string) => void (err += more),
  }
  return { code: await main(words, io), out, err }
}

spec('SYNC/FR-018', 'a word that is not known is named, with the nearest one that is', async () => {
  const cases: [string, RegExp][] = [
    ['serv', /unknown command 'serv'[\s\S]*Did you mean serve\?/],
    ['tenants list', /unknown command 'tenants'[\s\S]*Did you mean tenant\?/],
    ['tenant crate x', /unknown command 'crate'[\s\S]*Did you mean create\?/],
    ['--prot 1', /unknown option '--prot'[\s\S]*Did you mean --port\?/],
    ['token create --tenat acme', /unknown option '--tenat'[\s\S]*Did you mean --tenant\?/],
    ['conflicts list --tenat acme', /unknown option '--tenat'[\s\S]*Did you mean --tenant\?/],
    ['conflicts resolve x --kep stored --tenant a', /unknown option '--kep'[\s\S]*--keep\?/],
    ['token create', /required option '--tenant <name>' not specified/],
    ['conflicts resolve x --tenant a', /required option '--keep <which>' not specified/],
  ]
  for (const [words, wanted] of cases) {
    const { code, err } = await command(...words.split(' '))
    expect([words, code, err]).toEqual([words, 64, expect.stringMatching(wanted)])
  }
})

spec('SYNC/FR-018', 'with --json whatever stops a command is one JSON object too', async () => {
  const away = 'postgres://user:sEcrEt@127.0.0.1:1/x'
  const cases: [string[], number, string][] = [
    [['tenant', 'list', '--json', '--typo'], 64, 'command-line'],
    [['token', 'create', '--json'], 64, 'command-line'],
    [['tenant', 'list', '--json', '--database', away], 69, 'database-unreachable'],
    [['tenant', 'list', '--json', '--database', `${away} #`], 69, 'database-unreachable'],
    [['tenant', 'list', '--json', '--database', 'postgres://u:sEcrEt@[x'], 64, 'command-line'],
    [['tenant', 'list', '--json', '--database', 'postgres://u:sEcrEt%zz@h/x'], 64, 'command-line'],
    [
      ['tenant', 'list', '--json', '--database', `${away}?target_session_attrs=x`],
      64,
      'command-line',
    ],
    [['tenant', 'list', '--json', '--data', '/dev/null/x'], 69, 'folder-unusable'],
  ]
  for (const [words, wanted, error_code] of cases) {
    const { code, out, err } = await command(...words)
    expect([words, code]).toEqual([words, wanted])
    const document = JSON.parse(out) as { remediation: string[] }
    expect(document).toMatchObject({ ok: false, error_code })
    expect(document.remediation).toHaveLength(1)
    expect(out + err).not.toContain('sEcrEt')
  }
})

/** The commands that do something, as words. */
async function leaves(...path: string[]): Promise<string[][]> {
  const { out, err } = await command(...path, '--help')
  const names = [...(out + err).matchAll(/^ {2}([a-z]+)(?: \[options\].*| {2,}.*)$/gm)].map(
    ([, name]) => name ?? '',
  )
  const own = names.filter((name) => name !== 'help')
  if (own.length === 0) return [path]
  return (await Promise.all(own.map((name) => leaves(...path, name)))).flat()
}

spec(
  'SYNC/FR-018',
  'the help of each command ends with an example that it takes, and each prints JSON for a script',
  async ({ skip }) => {
    const missing = whyNoCluster()
    if (missing !== undefined) return skip(missing)
    await using cluster = await startCluster()
    const database = await cluster.createDatabase()
    const all = await leaves()
    expect(all).toHaveLength(15)
    for (const path of all) {
      const { out } = await command(...path, '--help')
      const [, example = ''] = /\nExample:\n {2}spec-kitty-hub (.+)\n$/.exec(out) ?? []
      expect(example.split(' ').slice(0, path.length), path.join(' ')).toEqual(path)
      // It does not end.
      if (path[0] === 'serve') continue
      const words = [...example.split(' '), '--json', '--database', database]
      const ended = await command(...words)
      expect([example, [0, 1].includes(ended.code)]).toEqual([example, true])
      expect(JSON.parse(ended.out), example).toBeTypeOf('object')
    }
  },
)

spec('SYNC/FR-008', 'a full disk of the embedded database is called so', () => {
  expect(reasonOf({ name: 'ErrnoError', errno: 51 })).toBe('no space is left')
  expect(reasonOf({ name: 'ErrnoError', errno: 29 })).toContain('29')
  expect(reasonOf(new Error('spoken'))).toBe('spoken')
})

const PROGRAM = fileURLToPath(new URL('../../packages/hub/bin/spec-kitty-hub.js', import.meta.url))

spec('SYNC/FR-008', 'a data folder has one user, whatever its last one left behind', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hub-lock-'))
  try {
    // What a full disk, a process that has ended and a writer that was cut off leave.
    for (const left of ['', '4000000 1\n']) {
      const data = join(folder, `left-${left.trim() || 'nothing'}`)
      mkdirSync(data)
      writeFileSync(join(data, 'hub.lock'), left)
      const starts = Array.from({ length: 3 }, () => {
        const words = [PROGRAM, 'serve', '--port', '0', '--quiet', '--data', data]
        return spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'ignore'] })
      })
      const listening = starts.map(async (child) => {
        for await (const chunk of child.stdout.setEncoding('utf8'))
          if (String(chunk).includes('listens at')) return 'listens'
        if (child.exitCode === null) await once(child, 'exit')
        return child.exitCode
      })
      const outcomes = await Promise.all(listening)
      expect([left, outcomes.toSorted()]).toEqual([left, [75, 75, 'listens']])
      for (const child of starts)
        if (child.exitCode === null) {
          child.kill('SIGKILL')
          await once(child, 'exit')
        }
      expect(readdirSync(data).filter((name) => name.startsWith('hub.lock.'))).toEqual([])
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

spec(
  'SYNC/FR-018',
  'a parameter that the server does not know is not a bug of the hub',
  async ({ skip }) => {
    const missing = whyNoCluster()
    if (missing !== undefined) return skip(missing)
    await using cluster = await startCluster()
    const place = `${await cluster.createDatabase()}?nosuchparameter=1`
    const { code, err } = await command('tenant', 'list', '--database', place)
    expect([code, err]).toEqual([69, expect.stringContaining('nosuchparameter')])
  },
)

spec('SYNC/FR-008', 'a hub that starts before its database waits for it', async ({ skip }) => {
  const missing = whyNoCluster()
  if (missing !== undefined) return skip(missing)
  await using cluster = await startCluster()
  const database = await cluster.createDatabase()
  await cluster.stop()
  const starting = hubProcess(database)
  setTimeout(() => void cluster.start(), 1_500)
  const hub = await starting
  try {
    expect((await get(hub, '', '/readyz')).status).toBe(200)
    expect(hub.log()).toContain('waiting for the database')
  } finally {
    await hub.end('SIGKILL')
  }
})
