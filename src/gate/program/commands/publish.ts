import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Command } from 'commander'
import { publish } from '../../publication/publish.ts'
import { readRecord } from '../../publication/record.ts'
import { plainInk, renderScreen } from '../../report/screen.ts'
import { resumePublication } from '../../run/finish.ts'
import { readPassed } from '../../run/judgement-file.ts'
import { examples, exitCodes, printJson, type ProgramContext } from '../context.ts'
import { artifactsFolder } from '../place.ts'
import { UsageError } from '../usage-error.ts'

interface PublishOptions {
  readonly resume: true | string
  readonly json?: true
}

/** `canary-gate publish --resume`: completes a publication that broke, without a second comment. */
export function publishCommand(context: ProgramContext): Command {
  return new Command('publish')
    .description('complete the publication of a passed run that broke half-way')
    .requiredOption('--resume [run]', 'id of the run; the newest unfinished one if left out')
    .option('--json', 'print the completed evidence.json')
    .addHelpText('after', examples('publish --resume', 'publish --resume 20260520T080000Z-1f3a'))
    .action(async (options: PublishOptions) => {
      await resume(options, context)
    })
}

async function resume(options: PublishOptions, context: ProgramContext): Promise<void> {
  const artifacts = artifactsFolder(context)
  const id = typeof options.resume === 'string' ? options.resume : await newestUnfinished(artifacts)
  const { evidence, file } = await resumePublication({
    artifacts,
    folder: join(artifacts, basename(id)),
    now: () => new Date(),
    publish,
    progress: (message) => context.err(message),
  })
  if (options.json) printJson(context, evidence)
  else context.say(renderScreen(evidence, file, plainInk))
  context.finish(evidence.verdict === 'release' ? exitCodes.ok : exitCodes.no)
}

/** The newest run that passed and whose publication is not complete. Ids sort by time. */
async function newestUnfinished(artifacts: string): Promise<string> {
  const ids = (await readdir(artifacts).catch(() => [])).sort().reverse()
  for (const id of ids) {
    const folder = join(artifacts, id)
    if ((await readPassed(folder)) === undefined) continue
    if ((await readRecord(folder))?.outcome !== 'complete') return id
  }
  throw new UsageError(`no run in ${artifacts} passed with its publication unfinished`)
}
