import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Command } from 'commander'
import {
  AttestationProblem,
  readSigningKey,
  rowOf,
  signWaiver,
  waiverSchema,
} from '@canary-gate/gate-kernel'
import { examples, exitCodes, printJson, type ProgramContext } from '../program/context.ts'
import { loadGate } from '../program/place.ts'
import { didYouMean } from '../program/nearest.ts'
import { UsageError } from '../program/usage-error.ts'

interface WaiveOptions {
  readonly candidate: string
  readonly reason: string
  readonly who: string
  readonly until: string
  readonly issue: string
  readonly key: string
  readonly out: string
  readonly json?: true
}

/** `canary-gate waive`: signs a waiver, by which a run goes on in spite of a stop and releases nothing. */
export function waiveCommand(context: ProgramContext): Command {
  return new Command('waive')
    .description(
      'sign that a run may go on in spite of one stop; it then says waived, never release',
    )
    .argument('<requirement>', 'its id, e.g. GATE/FR-001')
    .requiredOption('--candidate <tag>', 'the one candidate it is for')
    .requiredOption('--reason <text>', 'why')
    .requiredOption('--who <name>', 'who decides this')
    .requiredOption('--until <time>', 'when it ends, e.g. 2026-06-01T00:00:00Z')
    .requiredOption('--issue <address>', 'where it is discussed')
    .requiredOption('--key <file>', "the owner's Ed25519 private key (PEM)")
    .requiredOption('--out <file>', 'the file to write; it must not exist')
    .option('--json', 'print what was written as JSON')
    .addHelpText(
      'after',
      examples(
        'waive GATE/FR-001 --candidate v3.2.0rc16 --reason "..." --who "..." --until 2026-06-01T00:00:00Z --issue https://... --key owner.key --out waiver.json',
      ),
    )
    .action(async (requirement: string, options: WaiveOptions) => {
      await waive(requirement, options, context)
    })
}

async function waive(
  requirement: string,
  { candidate, reason, who, until, issue, key, out, json }: WaiveOptions,
  context: ProgramContext,
): Promise<void> {
  const gate = await loadGate(context)
  const row = rowOf(gate, requirement)
  if (row === undefined)
    throw new UsageError(
      `this gate has no requirement ${requirement}${didYouMean(requirement, gate.order)}`,
    )
  if (row.waivable !== true)
    throw new UsageError(`${requirement} can never be waived (docs/waivers.md)`)
  const fields = { schemaVersion: 1, requirement, candidate, reason, who, until, issue }
  const waiver = waiverSchema.safeParse(fields)
  if (!waiver.success) {
    const [problem] = waiver.error.issues
    throw new UsageError(`--${problem?.path.join('.') ?? ''}: ${problem?.message ?? ''}`)
  }
  const file = resolve(context.cwd, out)
  await writeFile(file, signWaiver(waiver.data, await keyFrom(resolve(context.cwd, key))), {
    flag: 'wx',
  }).catch((cause: unknown) => {
    throw new UsageError(`${file} cannot be written anew; name another file`, { cause })
  })
  if (json === true) printJson(context, { written: file, waiver: waiver.data })
  else {
    context.out(file)
    context.say(
      `name it in the configuration, in waivers.files, and run: canary-gate run --config FILE`,
    )
  }
  context.finish(exitCodes.ok)
}

async function keyFrom(file: string): ReturnType<typeof readSigningKey> {
  try {
    return await readSigningKey(file)
  } catch (error) {
    if (error instanceof AttestationProblem) throw new UsageError(error.message)
    throw error
  }
}
