import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export interface ParsingServer extends AsyncDisposable {
  readonly url: string
}

/** Starts the parsing receiver; its work must not be counted as ours. */
export async function startParsingServer(): Promise<ParsingServer> {
  const child: ChildProcess = spawn(
    process.execPath,
    [join(import.meta.dirname, 'parsing-server.ts')],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const [port] = (await once(child.stdout ?? child, 'data')) as [Buffer]
  return {
    url: `http://127.0.0.1:${port.toString().trim()}`,
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await once(child, 'exit')
    },
  }
}
