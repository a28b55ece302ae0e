import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Criterion } from '@canary-gate/fix-prover'
import type { Standing } from '@canary-gate/fix-prover'
import { type ExitCode, exitCodes, type ProgramContext } from '../program/context.ts'
import { UsageError } from '../program/usage-error.ts'
import { inspectOne, type InspectFixOptions, unreadable } from './one.ts'

/** What a caller is told of where a change stands. */
export const codeOf: Readonly<Record<Standing, ExitCode>> = {
  accepted: exitCodes.ok,
  rejected: exitCodes.no,
  inconclusive: exitCodes.unknown,
  review: exitCodes.review,
}

/** One JSON line per commit, in the order of the file; one that cannot be read is a line, too. */
export async function inspectMany(
  options: InspectFixOptions,
  criterion: Criterion,
  file: string,
  context: ProgramContext,
): Promise<void> {
  const text = await readFile(resolve(context.cwd, file), 'utf8').catch(() => {
    throw new UsageError(`--commits ${file}: the file cannot be read`)
  })
  const names = commitNames(text)
  let worst: ExitCode = exitCodes.ok
  const judged = names.map(() => Promise.withResolvers<object>())
  const ahead = 2
  const start = async (at: number): Promise<void> => {
    const name = names[at]
    if (name === undefined) return
    const report = await inspectOne(options, criterion, [name], context).catch((error: unknown) =>
      unreadable([name], criterion, error),
    )
    worst = worse(worst, codeOf[report.standing])
    judged[at]?.resolve({ ...report, commit: name })
    await start(at + ahead)
  }
  const running = Promise.all(Array.from({ length: ahead }, (_, at) => start(at)))
  for (const { promise } of judged) context.out(JSON.stringify(await promise))
  await running
  context.finish(worst)
}

/** The first word of each line; what follows it, a comment and a byte order mark are looked over. */
function commitNames(text: string): readonly string[] {
  const words = text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((line) => line.replace(/#.*$/, '').trim().split(/\s/)[0] ?? '')
  return words.filter((name) => name !== '')
}

/** What matters most to a caller stands highest: unknown, then review, then rejected. */
function worse(one: ExitCode, other: ExitCode): ExitCode {
  const order: readonly ExitCode[] = [
    exitCodes.ok,
    exitCodes.no,
    exitCodes.review,
    exitCodes.unknown,
  ]
  return order.indexOf(other) > order.indexOf(one) ? other : one
}
