import { existsSync, realpathSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { inconclusive } from '@canary-gate/gate-kernel'
import { execa } from 'execa'
import type { Run } from './facts.ts'

/** Longest time of one command. */
const MOST_MS = 180_000

/** What came of a command. */
export interface Ended {
  readonly exitCode: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** One Node and the npm of this machine, run by it, in a home of their own. */
export interface Tools {
  readonly node: string
  readonly run: (folder: string, program: string, ...words: string[]) => Promise<Ended>
  readonly npm: (folder: string, ...words: string[]) => Promise<Ended>
}

export async function toolsOf(run: Run, version: string): Promise<Tools> {
  const home = join(run.folder, 'workspace', 'home')
  await mkdir(home, { recursive: true })
  const settings = join(home, '.npmrc')
  const { host, pathname } = new URL(run.world.registry)
  // The registry of the trial takes any token; npm wants one before it publishes.
  const token = `//${host}${pathname}:_authToken=trial`
  await writeFile(settings, `registry=${run.world.registry}\n${token}\nupdate-notifier=false\n`)
  const node = await nodeOf(version)
  const path = [dirname(node), ...(process.env['PATH'] ?? '').split(delimiter).filter(isNotOurs)]
  const env = {
    ...{ HOME: home, npm_config_userconfig: settings, npm_config_cache: cacheOf('npm') },
    ...{ PATH: path.join(delimiter), NO_COLOR: '1' },
  }
  const start = async (cwd: string, program: string, words: string[]): Promise<Ended> => {
    const options = { cwd, env, extendEnv: false, reject: false, timeout: MOST_MS } as const
    const ended = await execa(program, words, { ...options, stdin: 'ignore' })
    // A program that could not be started, or was ended, says nothing itself.
    const stderr = ended.stderr === '' ? (ended.shortMessage ?? '') : ended.stderr
    return { exitCode: ended.exitCode, stdout: ended.stdout, stderr }
  }
  const npmProgram = npmOf()
  return {
    node: version,
    run: (folder, program, ...words) => start(folder, program, words),
    npm: (folder, ...words) => start(folder, node, [npmProgram, ...words]),
  }
}

/** The programs of this checkout would hide what a package does not bring. */
function isNotOurs(folder: string): boolean {
  return !folder.endsWith(join('node_modules', '.bin'))
}

const root = join(import.meta.dirname, '..', '..')

function cacheOf(name: string): string {
  return join(root, 'node_modules', '.cache', 'release', name)
}

/** npm's own program: it is run by the Node that is tried, so that it sees that one's version. */
function npmOf(): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const npm = folders.map((folder) => join(folder, 'npm')).find((file) => existsSync(file))
  if (npm === undefined) throw missing('npm is not on the PATH', 'PATH')
  return realpathSync(npm)
}

/** Node as npm has it: the package of this platform, whose digest npm compares. */
async function nodeOf(version: string): Promise<string> {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  const folder = cacheOf(`node-${version}`)
  const bin = join('node_modules', name, 'bin', 'node')
  if (existsSync(join(folder, bin))) return join(folder, bin)
  const made = `${folder}.${process.pid}`
  await mkdir(made, { recursive: true })
  await writeFile(join(made, 'package.json'), '{"private":true}')
  const words = ['install', '--no-audit', '--no-fund', '--ignore-scripts', `${name}@${version}`]
  const { exitCode, stderr } = await execa('npm', words, { cwd: made, reject: false })
  if (exitCode !== 0) throw missing(`Node ${version} could not be installed: ${stderr}`, name)
  await rm(folder, { recursive: true, force: true })
  await rename(made, folder)
  return join(folder, bin)
}

const missing = (what: string, where: string): Error =>
  inconclusive({
    ...{ code: 'tool-missing', cause: 'environment', what, where },
    next: 'install it, or see that the registry can be reached, and run the gate again',
  })
