import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished } from 'vitest'
import { spec } from '../spec.ts'

const program = fileURLToPath(new URL('../../packages/hub/bin/spec-kitty-hub.js', import.meta.url))

/** What a hub says until it listens. */
async function said(data: string): Promise<string> {
  const words = [program, 'serve', '--port', '0', '--quiet', '--data', data]
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'ignore'] })
  let text = ''
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    text += String(chunk)
    if (text.includes('listens at')) break
  }
  child.kill('SIGTERM')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return text
}

spec('SYNC/FR-008', 'a first start says at once that it makes a database, and where', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hub-first-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const data = join(folder, 'data')
  const first = await said(data)
  expect(first.split('\n')[0]).toBe(`making a database in ${data}; that takes some seconds`)
  expect(first).toContain('A tenant "default" was made')
  expect(await said(data)).toMatch(/^spec-kitty-hub listens at /)
})
