import { createHash } from 'node:crypto'
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where what was installed is kept between runs. */
export function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'canary-gate')
}

/** A short name for some content. */
export function keyOf(...parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16)
}

/**
 * Makes a folder beside its place and moves it there; one that is there already is taken. So a broken
 * one is never found, and two provers side by side do not meet.
 */
export async function once(
  folder: string,
  isReady: string,
  make: (draft: string) => Promise<void>,
): Promise<void> {
  if (await exists(join(folder, isReady))) return
  const parent = join(folder, '..')
  await mkdir(parent, { recursive: true })
  const draft = await mkdtemp(join(parent, 'making-'))
  try {
    await make(draft)
    await rename(draft, folder).catch(async (error: unknown) => {
      if (!(await exists(join(folder, isReady)))) throw error
    })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
