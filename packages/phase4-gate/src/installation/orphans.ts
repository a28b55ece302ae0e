import { plainEnvironment, runProgram } from '@canary-gate/programs'

/** A running sync daemon that the process list shows. Reported only, never ended: a pattern is no proof. */
export interface DaemonProcess {
  readonly pid: number
  readonly command: string
}

const daemonEntry = 'run_sync_daemon'

/** Lists processes whose command line starts a sync daemon, by reading the process list. */
export async function listDaemons(): Promise<readonly DaemonProcess[]> {
  const outcome = await runProgram({
    command: ['ps', '-eo', 'pid=,args='],
    env: plainEnvironment([]),
    timeoutMs: 10_000,
  })
  return outcome.stdout.split('\n').flatMap((line) => {
    const match = /^\s*(?<pid>\d+)\s+(?<command>.*)$/.exec(line)
    const command = match?.groups?.['command'] ?? ''
    return command.includes(daemonEntry) ? [{ pid: Number(match?.groups?.['pid']), command }] : []
  })
}
