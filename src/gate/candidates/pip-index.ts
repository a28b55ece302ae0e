import { execa } from 'execa'
import { inconclusive } from '../verdict.ts'

const ask = 'from pip._internal.models.index import PyPI; print(PyPI.url)'

/**
 * Base URL of the package index that pip is set up for: `PIP_INDEX_URL`, else the one pip brings. Its
 * address is pip's to know, so it stands nowhere here.
 *
 * @throws inconclusive stop where there is no pip to ask
 */
export async function indexOfPip(environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  const configured = environment['PIP_INDEX_URL']
  if (configured) return configured.replace(/\/simple\/?$/, '')
  const { exitCode, stdout } = await execa('python3', ['-c', ask], { reject: false })
  if (exitCode === 0 && stdout.trim() !== '') return stdout.trim()
  throw inconclusive({
    code: 'index-unknown',
    cause: 'environment',
    what: 'no package index is named, and there is no pip to ask for one',
    where: 'python3',
    next: 'name the index with --index <url>',
  })
}
