import { completionScript, SHELLS } from '../completion/script.ts'
import { argument, type Call } from '../define.ts'
import { UsageError } from '../program.ts'

export function run(call: Call): number {
  const wanted = argument(call, 0)
  const shell = SHELLS.find((name) => name === wanted)
  if (shell === undefined) {
    call.io.err(`error: no completion for "${wanted}"; use one of: ${SHELLS.join(', ')}\n`)
    throw new UsageError(`no completion for ${wanted}`)
  }
  call.io.out(completionScript(shell, call.catalogue))
  return 0
}
