import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { plainEnvironment, runProgram } from '@canary-gate/programs'
import { cargoFolders } from '../runners/cargo.ts'
import { goFolders } from '../runners/go.ts'
import { type MavenHow, mavenWords } from '../runners/maven.ts'
import { succeed } from '../runners/steps.ts'
import { cacheFolder, keyOf } from './cache.ts'

/** Whether a program can be started at all. */
export async function isInstalled(command: readonly string[]): Promise<boolean> {
  const outcome = await runProgram({ command, env: plainEnvironment([]), timeoutMs: 60_000 })
  return outcome.kind === 'exited' && outcome.exitCode === 0
}

/** Fetches the modules of a Go module; Go keeps them by their sums. */
export async function installGo(tree: string, folder: string): Promise<void> {
  await succeed(['go', 'mod', 'download'], join(tree, folder), goFolders())
}

/** Fetches the crates; Cargo keeps them by version. */
export async function installCargo(tree: string, folder: string): Promise<void> {
  await succeed(['cargo', 'fetch'], join(tree, folder), cargoFolders())
}

/** Maven's own repository for test runs, so that a run offline has what a run online fetched. */
export function mavenRepository(): string {
  return join(cacheFolder(), 'maven')
}

const fetched = new Set<string>()

/**
 * Maven says what a run needs only by running it: the plugins of a phase, the engine of the tests. So
 * one run with the network goes first, once for each `pom.xml`.
 */
export async function installMaven(
  tree: string,
  how: MavenHow,
  files: readonly string[],
): Promise<void> {
  const cwd = join(tree, how.root)
  const poms = [cwd, join(tree, how.folder)].map((folder) =>
    readFile(join(folder, 'pom.xml'), 'utf8').catch(() => ''),
  )
  const key = keyOf((await Promise.all(poms)).join('\n'))
  if (fetched.has(key)) return
  const words = mavenWords(how, files)
  const [mvn = 'mvn', ...rest] = words
  // A tree whose tests do not compile fetches what compiling needs; the next tree fetches the rest.
  const isDone = await succeed([mvn, ...rest], cwd).then(
    () => true,
    () => false,
  )
  if (isDone) fetched.add(key)
  await rm(join(tree, how.folder, 'target'), { recursive: true, force: true })
}
