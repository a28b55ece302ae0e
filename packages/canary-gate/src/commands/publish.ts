import { basename, join } from 'node:path'
import { Command } from 'commander'
import {
  type Gate,
  isAttested,
  plainColors,
  readPassed,
  renderScreen,
  resumePublication,
  unsafeVariables,
} from '@canary-gate/gate-kernel'
import { examples, exitCodes, printJson, type ProgramContext } from '../program/context.ts'
import { artifactsFolder, loadGate, typedFormHere } from '../program/place.ts'
import { runsIn, unknownRun } from '../program/runs.ts'
import { UsageError } from '../program/usage-error.ts'

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
  const [unsafe] = unsafeVariables(context.environment)
  if (unsafe !== undefined) throw new UsageError(`${unsafe} is set; unset it, then try again`)
  const artifacts = artifactsFolder(context)
  const gate = await loadGate(context)
  const id =
    typeof options.resume === 'string'
      ? await knownRun(basename(options.resume), artifacts, context)
      : await newestUnfinished(gate, artifacts)
  const { evidence, file, notified } = await resumePublication({
    gate,
    artifacts,
    folder: join(artifacts, id),
    now: () => new Date(),
    progress: (message) => context.err(message),
  })
  if (options.json) printJson(context, evidence)
  else
    context.out(
      renderScreen(
        evidence,
        gate.afterRelease,
        file,
        plainColors,
        undefined,
        undefined,
        typedFormHere(context),
      ),
    )
  if (notified !== undefined) context.err(notified.text)
  context.finish(evidence.verdict === 'release' ? exitCodes.ok : exitCodes.no)
}

async function knownRun(id: string, artifacts: string, context: ProgramContext): Promise<string> {
  if ((await runsIn(artifacts)).includes(id)) return id
  throw await unknownRun(id, artifacts, context)
}

/**
 * The newest run that passed and whose verdict is not attested yet, which comes last: also one in which all
 * was written, and which was ended, or held by what had changed, afterwards. Ids sort by time.
 */
async function newestUnfinished(gate: Gate, artifacts: string): Promise<string> {
  const ids = (await runsIn(artifacts)).sort().reverse()
  for (const id of ids) {
    const folder = join(artifacts, id)
    if ((await readPassed(gate, folder)) === undefined) continue
    if (!(await isAttested(folder))) return id
  }
  throw new UsageError(`no run in ${artifacts} passed with its publication unfinished`)
}
