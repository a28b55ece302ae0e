import { type Finding, missing, present } from '@canary-gate/gate-kernel'
import { access, constants } from 'node:fs/promises'
import { delimiter, isAbsolute, join, resolve } from 'node:path'
import type { World } from '../world/schema.ts'

/** A program the gate will start, and the folder it is started in. */
interface Tool {
  readonly subject: string
  readonly name: string
  readonly cwd: string
  /** What the program is given. */
  readonly args: readonly string[]
}

/** Each program of the configuration is found on PATH, or where its path says. */
export async function examineTools(
  world: World,
  environment: NodeJS.ProcessEnv,
): Promise<Finding[]> {
  const tools = toolsOf(world)
  const findings = await Promise.all([
    ...tools.map((tool) => examineTool(tool, environment)),
    ...tools.map(examineFiles),
  ])
  return findings.flat()
}

function toolsOf(world: World): Tool[] {
  const { github, candidate, fixes, service, canary, teamspace, workspace, checkouts } = world
  const { notify } = world
  const tool = (
    subject: string,
    command: readonly string[] | undefined,
    cwd = workspace,
  ): Tool[] => {
    const [name, ...args] = command ?? []
    return name === undefined ? [] : [{ subject, name, cwd, args }]
  }
  return [
    ...tool('git', ['git']),
    ...tool('github.tokenCommand', github.tokenCommand),
    ...tool('candidate.installer.command', candidate.installer.command),
    ...tool('fixes.prepareCommand', fixes.prepareCommand, checkouts.cli),
    ...tool('fixes.testCommand', fixes.testCommand, checkouts.cli),
    ...tool('service.imageCommand', service.imageCommand),
    ...tool('service.rowsCommand', service.rowsCommand),
    ...tool('canary.command', canary.command, canary.cwd),
    ...canary.selfTests.flatMap((command, place) =>
      tool(`canary.selfTests[${place}]`, command, canary.cwd),
    ),
    ...tool('teamspace.command', teamspace.command, teamspace.cwd),
    ...tool('notify.command', notify?.command, process.cwd()),
  ]
}

async function examineTool(tool: Tool, environment: NodeJS.ProcessEnv): Promise<Finding> {
  const { subject, name, cwd } = tool
  const found = await locate(name, cwd, environment['PATH'] ?? '')
  if (found !== undefined) return present(subject, found)
  const next = `install ${name}, or write its full path in ${subject}`
  return missing(subject, `no program ${name}`, next)
}

/**
 * Arguments that look like a script or a test file of the folder, such as `scripts/canary.sh`: an
 * interpreter alone is on every machine, and the file would only be missed when its turn comes.
 */
async function examineFiles({ subject, args, cwd }: Tool): Promise<Finding[]> {
  const files = args.filter((word) => /^[\w.-]+(?:\/[\w.-]+)+\.(?:sh|py|js|ts)$/.test(word))
  const absent = await Promise.all(
    files.map(async (file) => ((await exists(resolve(cwd, file))) ? [] : [file])),
  )
  return absent
    .flat()
    .map((file) =>
      missing(
        subject,
        `no file ${file} in ${cwd}`,
        `check out a commit that has it, or correct ${subject}`,
      ),
    )
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}

async function locate(name: string, cwd: string, path: string): Promise<string | undefined> {
  const places =
    isAbsolute(name) || name.includes('/')
      ? [resolve(cwd, name)]
      : path.split(delimiter).map((folder) => join(folder, name))
  for (const place of places) {
    if (await mayExecute(place)) return place
  }
  return undefined
}

async function mayExecute(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
}
