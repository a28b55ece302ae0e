import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Command } from 'commander'
import { type Evidence, type HistoryEntry, renderHistoryPage } from '@canary-gate/gate-kernel'
import { examples, exitCodes, printJson, type ProgramContext } from '../program/context.ts'
import { artifactsFolder } from '../program/place.ts'
import { readRuns } from '../program/runs.ts'

/** `canary-gate history`: every run with a verdict, the newest first. */
export function historyCommand(context: ProgramContext): Command {
  return new Command('history')
    .description('list all runs: candidate, verdict, stop, time')
    .option('--json', 'print the list as JSON')
    .option('--html', 'write the list as one page, history.html in the folder of all runs')
    .addHelpText('after', examples('history', 'history --json', 'history --html'))
    .action(async (options: { readonly json?: true; readonly html?: true }) => {
      const artifacts = artifactsFolder(context)
      const { runs, unreadable } = await readRuns(artifacts)
      const rows = runs.map(rowOf)
      if (options.html) {
        const file = join(artifacts, 'history.html')
        await mkdir(artifacts, { recursive: true })
        await writeFile(file, renderHistoryPage(rows, unreadable))
        context.out(file)
      } else if (options.json) printJson(context, { runs: rows, unreadable })
      else for (const line of textOf(rows)) context.out(line)
      for (const run of unreadable) context.err(`${run} has no evidence that can be read`)
      context.finish(unreadable.length === 0 ? exitCodes.ok : exitCodes.no)
    })
}

/** What was waived is said first. */
function textOf(rows: readonly HistoryEntry[]): string[] {
  if (rows.length === 0) return ['no run has a verdict yet']
  const waived = rows.filter(({ verdict }) => verdict === 'waived').length
  const first = `${waived} waived: an owner went on in spite of a stop, which is not a release`
  return [...(waived > 0 ? [first] : []), ...rows.map(lineOf)]
}

function rowOf({
  runId,
  world,
  candidate,
  verdict,
  stop,
  startedAt,
  finishedAt,
}: Evidence): HistoryEntry {
  return {
    ...{ run: runId, world, verdict },
    candidate: candidate?.tag ?? null,
    stop: stop === null ? null : `${stop.requirement ?? 'run'} ${stop.code}`,
    seconds: Math.round((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000),
  }
}

function lineOf({ run, world, candidate, verdict, stop, seconds }: HistoryEntry): string {
  const columns = [run, verdict.padEnd(8), (candidate ?? 'none').padEnd(14), world.padEnd(10)]
  return [...columns, `${seconds} s`.padStart(7), stop ?? ''].join('  ').trimEnd()
}
