import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished } from 'vitest'
import { serve } from '../../fixtures/http/server.ts'
import { exampleWorld } from '../../packages/phase4-gate/src/live-config/example.ts'
import { spec } from '../spec.ts'

const program = join(
  import.meta.dirname,
  '..',
  '..',
  'packages',
  'canary-gate',
  'bin',
  'canary-gate.js',
)
const token = `gho_${'k7'.repeat(18)}`

/** As `gh` behaves: with a token in its environment it prints that one, else the one it keeps. */
const gh = `#!/bin/sh
echo "$0 $*" >> "$(dirname "$0")/asked"
[ "$*" = "auth token" ] || exit 2
echo "\${GH_TOKEN:-\${GITHUB_TOKEN:-${token}}}"
`

spec(
  ['GATE/FR-011', 'GATE/C-008'],
  'gh on the PATH gives the token where the environment has none, and nobody prints it',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gh-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, 'gh'), gh)
    await chmod(join(folder, 'gh'), 0o755)
    const authorizations = new Set<unknown>()
    await using site = await serve(() => ({
      'GET /*': ({ headers }) => {
        authorizations.add(headers.authorization)
        return { status: 200, headers: { 'x-oauth-scopes': 'repo' }, body: {} }
      },
    }))
    const world = {
      ...exampleWorld,
      github: { ...exampleWorld.github, apiUrl: site.url, tokenEnv: 'RELEASE_TOKEN' },
      candidate: { ...exampleWorld.candidate, indexUrl: site.url },
      service: { ...exampleWorld.service, url: site.url },
    }
    const config = join(folder, 'live.json')
    await writeFile(config, JSON.stringify(world))
    const { stdout, stderr } = await execa(
      process.execPath,
      [program, 'doctor', '--config', config, '--json'],
      {
        // Those two would make gh print a token that the operator did not mean.
        env: { PATH: `${folder}:/usr/bin:/bin`, HOME: folder, GITHUB_TOKEN: 'x1', GH_TOKEN: 'x2' },
        ...{ extendEnv: false, reject: false },
      },
    )
    expect(await readFile(join(folder, 'asked'), 'utf8')).toBe(`${join(folder, 'gh')} auth token\n`)
    expect([...authorizations]).toEqual(expect.arrayContaining([`Bearer ${token}`]))
    expect(authorizations).not.toContain('Bearer x1')
    expect(stdout).toContain('scopes of the token')
    expect(stdout + stderr).not.toContain(token)
  },
)
