import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { failed } from '@canary-gate/gate-kernel'
import type { Run } from './facts.ts'
import { lastLines } from './installation.ts'
import { type Ended, type Tools, toolsOf } from './npm.ts'

/**
 * RELEASE/FR-005: blocks marked `sh` and `ts` are run where the package is installed alone. Commands that
 * need a world of their own are marked `sh live`: of these, the program must know the command and its
 * options.
 */
export async function verifyReadmes(run: Run): Promise<void> {
  const node = run.world.nodes.at(-1) ?? ''
  const tools = await toolsOf(run, node)
  const installed = await run.facts.read('installations')
  const findings: string[] = []
  for (const { name, folder } of installed.filter((one) => one.node === node)) {
    run.progress(`README of ${name}`)
    const text = await readFile(join(folder, 'node_modules', name, 'README.md'), 'utf8').catch(
      () => undefined,
    )
    if (text === undefined) findings.push(`${name} has no README.md`)
    for (const [at, { info, code }] of blocksOf(text ?? '').entries()) {
      const problem = await problemOf(tools, folder, info, code, at)
      if (problem !== undefined) findings.push(`${name}, block ${at + 1} (${info}): ${problem}`)
    }
  }
  if (findings.length === 0) return
  throw failed({
    ...{ code: 'readme-does-not-work', where: 'README.md of the packages', findings },
    what: `what a README says does not work: ${findings.join('; ')}`,
    next: 'correct the README or the package, pack it again, and run the gate',
  })
}

interface Block {
  readonly info: string
  readonly code: string
}

/** Fenced blocks of Markdown with what is behind their first fence. */
export function blocksOf(markdown: string): Block[] {
  const blocks = markdown.matchAll(/^```([^\n]*)\n(.*?)^```/gms)
  return [...blocks].map(([, info = '', code = '']) => ({ info: info.trim(), code }))
}

async function problemOf(
  tools: Tools,
  folder: string,
  info: string,
  code: string,
  at: number,
): Promise<string | undefined> {
  if (info === 'sh') return outcome(await tools.run(folder, 'sh', '-ec', code))
  if (info === 'sh live') return unknownCommands(tools, folder, code)
  if (info !== 'ts') return undefined
  const file = join(folder, `example-${at}.ts`)
  await writeFile(file, code)
  return outcome(await tools.run(folder, 'node', '--no-warnings', file))
}

function outcome({ exitCode, stderr }: Ended): string | undefined {
  return exitCode === 0 ? undefined : lastLines(stderr)
}

/** `npx program command --option value`: its help must know the command and each option. */
async function unknownCommands(
  tools: Tools,
  folder: string,
  code: string,
): Promise<string | undefined> {
  for (const line of code.split('\n').filter((one) => one.startsWith('npx '))) {
    const words = (line.split('#')[0] ?? '').trim().split(/\s+/).slice(1)
    const command = words.slice(
      0,
      words.findIndex((word) => !/^[a-z][\w-]*$/.test(word)),
    )
    const named = command.length === 0 ? words : command
    const help = await tools.run(folder, 'npx', ...named, '--help')
    if (help.exitCode !== 0) return `${named.join(' ')}: ${outcome(help) ?? ''}`
    const options = words.filter((word) => word.startsWith('--'))
    const strange = options.find((option) => !help.stdout.includes(option))
    if (strange !== undefined) return `${named.join(' ')} has no ${strange}`
  }
  return undefined
}
