import { mkdir, mkdtemp, open, rm, symlink, writeFile } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished } from 'vitest'
import { ifNoFile, readPlainFile } from '../../packages/documents/src/index.ts'
import { spec } from '../spec.ts'

// A file that the machine did not let be read is not missing: nothing follows for the candidate.

const run = promisify(execFile)

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'unread-'))
  onTestFinished(() => rm(made, { recursive: true }))
  return made
}

spec(
  ['GATE/NFR-004', 'GATE/FR-008'],
  'where too many files are open, an installation is not said to lack files',
  async () => {
    const at = await folder()
    const packages = join(at, 'lib', 'python3.11', 'site-packages')
    const info = join(packages, 'thing-1.0.dist-info')
    await mkdir(info, { recursive: true })
    await mkdir(join(at, 'bin'))
    for (const name of ['thing', 'python']) await writeFile(join(at, 'bin', name), '')
    const hash = createHash('sha256').update('pass\n').digest('base64url')
    const lines: string[] = []
    for (let number = 0; number < 120; number += 1) {
      await writeFile(join(packages, `m${number}.py`), 'pass\n')
      lines.push(`m${number}.py,sha256=${hash},5`)
    }
    await writeFile(join(info, 'METADATA'), 'Name: thing\nVersion: 1.0\n\n')
    await writeFile(join(info, 'RECORD'), `${lines.join('\n')}\n`)
    const module = join(
      import.meta.dirname,
      '../../packages/phase4-gate/src/installation/record.ts',
    )
    const places = { bin: join(at, 'bin', 'thing'), python: join(at, 'bin', 'python') }
    const program = `
      const { verifyRecord } = await import(${JSON.stringify(module)})
      const { openSync } = await import('node:fs')
      const held = []
      if (process.argv[1] === 'full') try { for (;;) held.push(openSync('/dev/null')) } catch {}
      if (held.length > 0) { const { closeSync } = await import('node:fs'); for (const one of held.splice(0, 3)) closeSync(one) }
      const told = await verifyRecord(${JSON.stringify(places)}, 'thing').catch((error) => error.code)
      console.log(typeof told === 'string' ? told : JSON.stringify(told.problems))`
    const said = async (how: string): Promise<string> => {
      const words = ['--input-type=module', '-e', program, how]
      const limited = ['-c', 'ulimit -n 256; exec "$@"', 'sh', process.execPath, ...words]
      return (await run('sh', limited)).stdout.trim()
    }
    expect(await said('free')).toBe('[]')
    expect(await said('full')).toBe('EMFILE')
  },
)

spec(
  'GATE/NFR-004',
  'what is not a file is taken for none, and any other error stays an error',
  async () => {
    const at = await folder()
    await writeFile(join(at, 'file'), '')
    await symlink('loop', join(at, 'loop'))
    const opened = (name: string): Promise<FileHandle | null> =>
      open(join(at, name)).catch(ifNoFile(null))
    for (const name of ['none', 'file/below', 'loop']) expect(await opened(name), name).toBeNull()
    expect(() => ifNoFile(null)(Object.assign(new Error('EIO'), { code: 'EIO' }))).toThrow('EIO')
    await expect(readPlainFile(join(at, 'none'), 10)).rejects.toThrow(/is not there/)
    await expect(readPlainFile(join(at, 'file/below'), 10)).rejects.toThrow(/is not there/)
  },
)
