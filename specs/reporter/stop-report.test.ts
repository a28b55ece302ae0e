import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { stopReportOf } from '../../packages/gate-kernel/src/stop/stop-report.ts'
import { spec } from '../spec.ts'

/** What Node throws for a call that fails so. */
const fileError = (code: string): Error =>
  Object.assign(new Error(`${code}: it failed, write '/evidence/run-1.json'`), {
    ...{ code, path: '/evidence/run-1.json' },
  })

spec(
  'GATE/FR-010',
  'a full disk or a closed folder is the environment, and says where it is and what to do',
  () => {
    const ofSystem = ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'EIO', 'EMFILE', 'ENOENT']
    const ofDatabases = ['SQLITE_FULL', 'SQLITE_READONLY_DBMOVED', 'SQLITE_IOERR_WRITE']
    for (const code of [...ofSystem, 'ENFILE', 'ENOTDIR', 'ESTALE', 'EFBIG', ...ofDatabases]) {
      const stop = stopReportOf(fileError(code))
      expect(stop, code).toMatchObject({
        ...{ code: 'file-system', verdict: 'inconclusive', cause: 'environment' },
        where: '/evidence/run-1.json',
      })
      expect(stop.next, code).toMatch(/, then run the gate again$/)
    }
  },
)

spec('GATE/FR-008', 'a program that the machine does not start is named', async () => {
  const error: unknown = await new Promise((fails) =>
    spawn(join(tmpdir(), 'no-such-tool')).once('error', fails),
  )
  expect(stopReportOf(error)).toMatchObject({
    ...{ code: 'tool-missing', verdict: 'inconclusive', cause: 'environment' },
    what: `a program that the gate needs could not be started: spawn ${join(tmpdir(), 'no-such-tool')} ENOENT`,
  })
})

spec('GATE/FR-010', 'any other error stays a bug of the gate until it is understood', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'stop-'))
  await mkdir(join(folder, 'taken'))
  const error: unknown = await writeFile(join(folder, 'taken'), '').catch((cause: unknown) => cause)
  await rm(folder, { recursive: true })
  expect(stopReportOf(error)).toMatchObject({ code: 'unexpected-error', cause: 'cannot-tell' })
})
