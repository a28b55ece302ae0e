import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { failed, inconclusive } from '@canary-gate/gate-kernel'
import { z } from 'zod'
import type { Run } from './facts.ts'
import { type Tools, toolsOf } from './npm.ts'

/** The releases of Node that the packages are for. */
const MAJORS = ['22', '24']

const manifestSchema = z.looseObject({
  exports: z.record(z.string(), z.unknown()).default({}),
  bin: z.record(z.string(), z.string()).default({}),
  peerDependencies: z.record(z.string(), z.string()).default({}),
})

/** RELEASE/FR-004: the tarballs are published on the registry of the trial, and installed from there. */
export async function verifyInstallation(run: Run): Promise<void> {
  const { packages, version } = await run.facts.read('candidate')
  const { nodes } = run.world
  const lacking = MAJORS.filter((major) => !nodes.some((node) => node.startsWith(`${major}.`)))
  if (lacking.length > 0) throw unknownNode(lacking)
  const all = await Promise.all(nodes.map((node) => toolsOf(run, node)))
  const [first] = all
  if (first !== undefined) await publish(run, first, packages)
  const done: { name: string; node: string; folder: string }[] = []
  for (const tools of all)
    for (const { name } of packages) {
      run.progress(`${name} on Node ${tools.node}`)
      const folder = join(run.folder, 'workspace', `node-${tools.node}`, name)
      await install(tools, folder, name, version)
      await start(tools, folder, name)
      done.push({ name, node: tools.node, folder })
      // Only the last Node's are looked at again; a gigabyte is not kept for each.
      if (tools !== all.at(-1)) await rm(folder, { recursive: true })
    }
  await run.facts.write('installations', done)
}

async function publish(
  run: Run,
  { npm }: Tools,
  packages: readonly { name: string; file: string }[],
): Promise<void> {
  for (const { file } of packages) {
    const tarball = join(run.world.tarballs, file)
    const { exitCode, stderr } = await npm(run.folder, 'publish', tarball, '--ignore-scripts')
    if (exitCode === 0) continue
    throw inconclusive({
      ...{ code: 'trial-not-published', cause: 'environment', where: run.world.registry },
      what: `${file} could not be published for the trial: ${lastLines(stderr)}`,
      next: 'see that the registry of the trial runs and is empty, and run the gate again',
    })
  }
}

async function install(
  { node, npm }: Tools,
  folder: string,
  name: string,
  version: string,
): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  const quiet = ['--no-audit', '--no-fund', '--engine-strict', '--prefer-offline']
  const { exitCode, stderr } = await npm(folder, 'install', ...quiet, `${name}@${version}`)
  if (exitCode === 0) return
  throw failed({
    ...{ code: 'not-installable', where: `${name} on Node ${node}` },
    what: `${name} ${version} cannot be installed on Node ${node}: ${lastLines(stderr)}`,
    next: 'correct its package.json, pack it again, and run the gate',
  })
}

/** Every entry is imported and every program started: what is not brought along is found. */
async function start({ node, run }: Tools, folder: string, name: string): Promise<void> {
  const own = join(folder, 'node_modules', name)
  const text = await readFile(join(own, 'package.json'), 'utf8')
  const { exports, bin } = manifestSchema.parse(JSON.parse(text))
  const entries = Object.entries(exports).filter(([, target]) => typeof target !== 'string')
  const imports = entries.map(([entry]) => `await import('${name}${entry.slice(1)}')`)
  const problems = async (what: string, ...words: [string, ...string[]]): Promise<string[]> => {
    const { exitCode, stderr } = await run(folder, ...words)
    return exitCode === 0 ? [] : [`${what}: ${lastLines(stderr)}`]
  }
  const findings = [
    ...(await problems('import', 'node', '--input-type=module', '-e', imports.join('\n'))),
    ...(
      await Promise.all(
        Object.keys(bin).map((program) =>
          problems(program, join(folder, 'node_modules', '.bin', program), '--version'),
        ),
      )
    ).flat(),
  ]
  if (findings.length === 0) return
  throw failed({
    ...{ code: 'does-not-start', where: `${name} on Node ${node}`, findings },
    what: `${name} is installed and does not start on Node ${node}: ${findings.join('; ')}`,
    next: 'see what its tarball lacks, pack it again, and run the gate',
  })
}

/** The part of an output that says what happened. */
export function lastLines(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const errors = lines.filter((line) => /error/i.test(line))
  return (errors.length > 0 ? errors : lines).slice(0, 6).join(' ').slice(0, 600)
}

const unknownNode = (majors: readonly string[]): Error =>
  inconclusive({
    ...{ code: 'node-not-tried', where: 'nodes of the configuration' },
    what: `no version of Node ${majors.join(' and ')} is tried`,
    next: 'name one of each release of Node that the packages are for',
  })
