import { spawnSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { shellWord } from '../command/typed.ts'
import { redact, redactValue } from '../secrets/redact.ts'
import type { Notification } from './notification.ts'

/** The program that an operator wants started at every end of a run. */
export interface Notifier {
  readonly command: readonly string[]
  readonly timeoutMs: number
}

/** What became of a notification. It never changes a verdict. */
export interface Notified {
  readonly ok: boolean
  /** One line for the operator. */
  readonly text: string
}

/** Where it runs and what is remembered of it. */
export interface NotifierPlace {
  /** Folder of all runs. */
  readonly artifacts: string
  /** The folder that the program is started in. */
  readonly cwd: string
  readonly environment?: NodeJS.ProcessEnv
}

/**
 * Starts the notifier and waits for it. Nothing here is asynchronous: it is also called by the handler of
 * a signal, after which the process ends. It never throws, whatever the program or the disk does.
 *
 * The program gets the notification on its standard input, and none of this process's variables but those
 * that every program needs: what it may know, such as the address of a chat room, it reads itself.
 */
export function notify(
  notifier: Notifier,
  notification: Notification,
  place: NotifierPlace,
): Notified {
  const [program = '', ...words] = notifier.command
  const input = `${JSON.stringify(redactValue(notification))}\n`
  const log = logIn(place.artifacts, notification.run)
  const done = spawnSync(program, words, {
    ...{ cwd: place.cwd, env: bareEnvironment(place.environment ?? process.env), input },
    // A file, not a pipe: a child that it leaves behind would keep a pipe open.
    stdio: ['pipe', log?.descriptor ?? 'ignore', log?.descriptor ?? 'ignore'],
    ...{ timeout: notifier.timeoutMs, killSignal: 'SIGKILL' },
    ...inGroupOfItsOwn,
  })
  if (log !== undefined) closeSync(log.descriptor)
  const problem = problemOf(done, notifier.timeoutMs)
  if (problem === timedOut(notifier.timeoutMs)) endGroup(done.pid)
  const said = lastLine(log?.file)
  const name = redact(notifier.command.map(shellWord).join(' ').slice(0, 80))
  const outcome =
    problem === undefined
      ? { ok: true, text: `notified: ${name}` }
      : {
          ok: false,
          text: `NOT notified: ${name}: ${problem}${said === '' ? '' : ` (${said})`}; the verdict stands`,
        }
  remember(place.artifacts, notification, outcome)
  return outcome
}

/** So that a time-out ends its children as well. Node honours it here, its types do not name it. */
const inGroupOfItsOwn = { detached: process.platform !== 'win32' }

/** Whether the end of a run was, or was tried to be, told. */
export function wasNotified(artifacts: string, runId: string): boolean {
  return existsSync(join(folderIn(artifacts), `${runId}.json`))
}

interface Done {
  readonly pid: number
  readonly status: number | null
  readonly signal: string | null
  readonly error?: Error & { readonly code?: string }
}

/** A program that ended well did so even if it did not read all of its input. */
function problemOf({ status, signal, error }: Done, timeoutMs: number): string | undefined {
  if (error?.code === 'ETIMEDOUT') return timedOut(timeoutMs)
  if (status === 0) return undefined
  if (status !== null) return `exit code ${status}`
  if (signal !== null) return `ended by ${signal}`
  if (error?.code === 'ENOENT') return 'there is no such program'
  return `not started (${error?.code ?? 'unknown reason'})`
}

function timedOut(timeoutMs: number): string {
  return `ended after its time limit of ${timeoutMs} ms (notify.timeoutMs)`
}

/** What is left of it; a program that was never started has no process id. */
function endGroup(pid: number): void {
  if (pid <= 1 || process.platform === 'win32') return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // The group has ended by itself.
  }
}

/** The few variables that programs need to find files and speak to people. No list of what is secret. */
const needed =
  /^(?:PATH|HOME|USER|LOGNAME|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|TEMP|TMP|SYSTEMROOT|PATHEXT|USERPROFILE)$/i

function bareEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && needed.test(entry[0]),
    ),
  )
}

/** Next to the runs, and not in one: what is sealed stays as it is. No run can have such a name. */
function folderIn(artifacts: string): string {
  return join(artifacts, '.notified')
}

const WITHOUT_RUN = 'not-started'

function logIn(
  artifacts: string,
  run: string | null,
): { readonly file: string; readonly descriptor: number } | undefined {
  try {
    mkdirSync(folderIn(artifacts), { recursive: true })
    const file = join(folderIn(artifacts), `${run ?? WITHOUT_RUN}.log`)
    return { file, descriptor: openSync(file, 'w') }
  } catch {
    // A full disk keeps nobody from being notified.
    return undefined
  }
}

function lastLine(file: string | undefined): string {
  try {
    const lines = file === undefined ? [] : readFileSync(file, 'utf8').trim().split('\n')
    // What the program printed may hold what only it may know.
    if (file !== undefined) rmSync(file)
    return redact(lines.at(-1) ?? '')
      .replaceAll(/\p{C}/gu, '')
      .slice(0, 200)
  } catch {
    return ''
  }
}

function remember(artifacts: string, notification: Notification, outcome: Notified): void {
  try {
    const text = JSON.stringify(redactValue({ outcome, notification }), null, 2)
    writeFileSync(join(folderIn(artifacts), `${notification.run ?? WITHOUT_RUN}.json`), `${text}\n`)
  } catch {
    // As above: it was told to the operator.
  }
}
