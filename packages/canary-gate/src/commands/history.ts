import { mkdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Command } from 'commander'
import { type Evidence, type HistoryEntry, renderHistoryPage } from '@canary-gate/gate-kernel'
import { examples, exitCodes, printJson, type ProgramContext } from '../program/context.ts'
import { flakyOf } from '../program/flaky.ts'
import { artifactsFolder } from '../program/place.ts'
import { readRuns } from '../program/runs.ts'

/** `canary-gate history`: every run with a verdict, the newest first. */
export function historyCommand(context: ProgramContext): Command {
  return new Command('history')
    .description('list all runs: candidate, attempt, verdict, stop, time, what is flaky')
    .option('--json', 'print the list as JSON')
    .option('--html', 'write the list as one page, history.html in the folder of all runs')
    .addHelpText('after', examples('history', 'history --json', 'history --html'))
    .action(async (options: { readonly json?: true; readonly html?: true }) => {
      const artifacts = artifactsFolder(context)
      const { runs, unreadable } = await readRuns(artifacts)
      const flaky = flakyOf(runs)
      const rows = runs.map((run, at) => rowOf(run, flaky[at] ?? []))
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

function rowOf(evidence: Evidence, flaky: readonly string[]): HistoryEntry {
  const { runId, world, candidate, attempt, verdict, stop, startedAt, finishedAt } = evidence
  return {
    ...{ run: runId, world, verdict, flaky },
    candidate: candidate?.tag ?? null,
    attempt: attempt === null ? null : basename(attempt.folder),
    stop: stop === null ? null : `${stop.requirement ?? 'run'} ${stop.code}`,
    // A clock that was set back makes no negative time.
    seconds: Math.max(0, Math.round((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000)),
  }
}

function lineOf(row: HistoryEntry): string {
  const { run, world, candidate, attempt, verdict, stop, seconds, flaky } = row
  const chosen = attempt ?? candidate ?? 'none'
  const columns = [run, verdict.padEnd(8), chosen.padEnd(22), world.padEnd(10)]
  const unsteady = flaky.length === 0 ? [] : [`flaky: ${flaky.join(', ')}`]
  return [...columns, `${seconds} s`.padStart(7), stop ?? '', ...unsteady].join('  ').trimEnd()
}
