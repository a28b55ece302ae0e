import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { expect } from 'vitest'
import { startRelease } from '../../fixtures/release-world/rehearsal.ts'
import { spec } from '../spec.ts'

async function pathOf(tool: string): Promise<string> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const names: string[] = await readdir(folder).catch(() => [])
    if (names.includes(tool)) return join(folder, tool)
  }
  throw new Error(`${tool} is not on the PATH`)
}

spec(
  'GATE/FR-008',
  'a rehearsal on a machine without a tool says which one, and makes nothing',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tools-'))
    const bin = join(folder, 'bin')
    await mkdir(bin)
    await symlink(await pathOf('git'), join(bin, 'git'))
    const before = process.env['PATH']
    process.env['PATH'] = bin
    try {
      await expect(startRelease(join(folder, 'world'))).rejects.toThrow(
        /^a rehearsal needs bash, and it could not be started \(ENOENT\)/,
      )
    } finally {
      process.env['PATH'] = before
    }
    expect(await readdir(folder)).toEqual(['bin'])
    await rm(folder, { recursive: true })
  },
)
