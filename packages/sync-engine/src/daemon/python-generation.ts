import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { homeFolder, type HomePaths } from '../home/home.ts'
import { asObject, type JsonObject } from '../base/json.ts'
import { listProcesses, variableOf } from './process-list.ts'

/**
 * A daemon that the Python generation of this command left running. It still drains the old queue of
 * this home on its own, deletes what it sent and writes no ledger, so it has to go (BOUNDARY/FR-010).
 */
export interface PythonDaemon {
  readonly pid: number
  /** Where it answers and knows the token of its state file; null if it cannot be asked to end. */
  readonly port: number | null
}

interface DaemonState {
  readonly pid: number
  readonly port: number
  readonly token: string
}

/** The word by which that generation knows its daemons in the process list. */
const ENTRY = 'run_sync_daemon'

/** Daemons of that generation that provably belong to this home. */
export async function pythonDaemons(
  paths: HomePaths,
  processes = listProcesses(),
): Promise<PythonDaemon[]> {
  const state = readState(paths.home)
  const found = processes
    .filter(({ pid, line }) => line.includes(ENTRY) && pid !== process.pid)
    .filter(({ pid }) => pid === state?.pid || homeOf(pid) === paths.home)
  const named = found.some(({ pid }) => pid === state?.pid) ? state : undefined
  const port = named !== undefined && (await isOurs(named)) ? named.port : null
  return found.map(({ pid }) => ({ pid, port: pid === named?.pid ? port : null }))
}

/**
 * Asks the daemon that the state file names to end, as that generation's own command does. Its token
 * goes only to a listener that knows it already; no signal is sent to anybody.
 * @returns whether it accepted
 */
export async function endPythonDaemon({ home }: HomePaths): Promise<boolean> {
  const state = readState(home)
  if (state === undefined || !(await isOurs(state))) return false
  const body = JSON.stringify({ token: state.token })
  const headers = { 'content-type': 'application/json' }
  return (await ask(state.port, '/api/shutdown', { method: 'POST', headers, body })) !== undefined
}

/** Whether the listener is of that generation and shows the very token of the state file. */
async function isOurs({ port, token }: DaemonState): Promise<boolean> {
  const health = await ask(port, '/api/health')
  return health?.['token'] === token && 'protocol_version' in health && 'package_version' in health
}

/** Undefined where a process does not tell. */
function homeOf(pid: number): string | undefined {
  const [named, user] = [variableOf(pid, 'SPEC_KITTY_HOME'), variableOf(pid, 'HOME')]
  if (named === undefined && user === undefined) return undefined
  return homeFolder({ SPEC_KITTY_HOME: named, HOME: user })
}

/** `<home>/sync-daemon`: address, port, token and process id, a line each. */
function readState(home: string): DaemonState | undefined {
  let text
  try {
    text = readFileSync(join(home, 'sync-daemon'), 'utf8')
  } catch {
    return undefined
  }
  const [, portLine = '', token = '', pidLine = ''] = text.split('\n').map((line) => line.trim())
  const [port, pid] = [Number(portLine), Number(pidLine)]
  const isComplete = token !== '' && pid > 0 && port > 0 && port < 65_536
  return isComplete ? { port, token, pid } : undefined
}

const TIMEOUT_MS = 1_500

/** The JSON of an answer of success; undefined for every other. Only this machine is ever asked. */
async function ask(
  port: number,
  path: string,
  init: RequestInit = {},
): Promise<JsonObject | undefined> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const options = { ...init, signal, redirect: 'error' } as const
    const response = await fetch(`http://127.0.0.1:${port}${path}`, options)
    const answer: unknown = await response.json()
    return response.ok ? asObject(answer) : undefined
  } catch {
    return undefined
  }
}
