import { access, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/**
 * Marks in the folder of a run, because every requirement runs in a process of its own: which earlier
 * run it resumes, and which requirements it re-used.
 */
export async function markResumed(runFolder: string, earlierId: string): Promise<void> {
  await writeFile(join(runFolder, 'takes-up'), `${earlierId}\n`)
}

/** The run that this one resumes, or undefined. Its folder is next to this one, whatever the mark says. */
export async function resumedRun(
  runFolder: string,
): Promise<{ readonly id: string; readonly folder: string } | undefined> {
  const text = await readFile(join(runFolder, 'takes-up'), 'utf8').catch(() => '')
  const id = text.trim()
  return isRunId(id) ? { id, folder: join(dirname(runFolder), id) } : undefined
}

/** Whether a text can be the name of a run folder; `latest` is a file next to them. */
export function isRunId(text: string): boolean {
  return /^\w[\w.-]{0,99}$/.test(text) && !/^latest(?:\.new)?$/.test(text)
}

export async function markReused(runFolder: string, id: string): Promise<void> {
  await mkdir(join(runFolder, 'reused'), { recursive: true })
  await writeFile(markOf(runFolder, id), '')
}

export async function isReused(runFolder: string, id: string): Promise<boolean> {
  return access(markOf(runFolder, id)).then(
    () => true,
    () => false,
  )
}

function markOf(runFolder: string, id: string): string {
  return join(runFolder, 'reused', id.replace('/', '-'))
}
