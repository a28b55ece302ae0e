import { completionScript, SHELLS } from '../completion/script.ts'
import { argument, usage, type Call } from '../command/define.ts'

export function run(call: Call): number {
  const wanted = argument(call, 0)
  const shell = SHELLS.find((name) => name === wanted)
  if (shell === undefined)
    throw usage(call, `no completion for "${wanted}"; use one of: ${SHELLS.join(', ')}`)
  call.io.out(completionScript(shell, call.catalogue))
  return 0
}
