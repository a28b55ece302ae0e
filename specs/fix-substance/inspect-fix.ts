import { join } from 'node:path'
import { execa } from 'execa'

const program = join(
  import.meta.dirname,
  '..',
  '..',
  'packages',
  'canary-gate',
  'bin',
  'canary-gate.js',
)

export interface Ran {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode?: number
}

/** Runs the command as an operator would, from this folder. */
export function inspectFixIn(
  cwd: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  return execa(process.execPath, [program, 'inspect-fix', ...words], { reject: false, cwd, env })
}
