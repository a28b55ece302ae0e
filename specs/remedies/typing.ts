import { execa } from 'execa'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Finished, LoggedInWorld } from '../../fixtures/cli/world.ts'
import { PROGRAM, type Variables } from '../../fixtures/cli/world.ts'

/** A shell in a world, with `spec-kitty` on its path: what is printed can be typed as it stands. */
export interface Shell {
  /** Types one line and then another in the same shell, so that `export` and `unset` last. */
  readonly type: (...lines: readonly string[]) => Promise<Pick<Finished, 'code' | 'out' | 'err'>>
}

/** @param uid whose shell it is, where not that of whoever runs the tests */
export function shellIn(world: LoggedInWorld, more: Variables = {}, uid?: number): Shell {
  const bin = join(world.folder, 'bin')
  mkdirSync(bin, { recursive: true })
  const script = join(bin, 'spec-kitty')
  writeFileSync(script, `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`)
  chmodSync(script, 0o755)
  const env = { ...world.env, PATH: `${bin}:${process.env['PATH'] ?? ''}`, ...more }
  return {
    async type(...lines) {
      const told = lines.map((line) => line.replaceAll('<url>', world.service.url))
      const result = await execa('sh', ['-c', told.join('\n')], {
        cwd: world.project,
        env,
        extendEnv: false,
        reject: false,
        stdin: 'ignore',
        timeout: 200_000,
        ...(uid === undefined ? {} : { uid }),
      })
      return { code: result.exitCode ?? -1, out: result.stdout, err: result.stderr }
    },
  }
}

/** The commands that an answer asks to type: after `next:`, or `Run:`, or `end it:`, without the remark. */
export function remediesIn(text: string): string[] {
  const told = /(?:next:\s+(?:run: )?|Run: |end it: |retire them: |Start it: |; run: )(\S.*)$/gm
  return [...text.matchAll(told)].map(([, command = '']) => command.replace(/ \([^()]*\)$/, ''))
}
