import { resolve } from 'node:path'
import Table from 'cli-table3'
import { Command } from 'commander'
import type { CandidateList } from '../../candidates/list.ts'
import { examples, exitCodes, printJson, type ProgramContext } from '../context.ts'

interface CandidatesOptions {
  readonly repo: string
  readonly index?: string
  readonly project: string
  readonly after: string
  readonly baseline: string
  readonly all?: true
  readonly json?: true
}

/** `canary-gate candidates`: every tag and published version, why not, and the one to gate (FR-003). */
export function candidatesCommand(context: ProgramContext): Command {
  return new Command('candidates')
    .description(
      'list release candidates with every reason against them, and choose one; changes nothing',
    )
    .requiredOption('--repo <folder|url>', 'repository whose tags count')
    .option('--index <url>', 'package index; default: the one that pip is set up for')
    .option('--project <name>', 'project on the index', 'spec-kitty-cli')
    .option('--after <version>', 'last version known not to be good enough', '3.2.0rc15')
    .option(
      '--baseline <sha>',
      'commit a candidate must contain',
      'cc5e1ca983adff4a45489ce7afe11ad3a3a26e30',
    )
    .option('--all', 'show final releases and other tags in the table, too')
    .option('--json', 'print {candidates, chosen} as JSON')
    .addHelpText(
      'after',
      examples(
        'candidates --repo ~/spec-kitty',
        'candidates --repo https://github.com/owner/name --json',
      ),
    )
    .action(async (options: CandidatesOptions) => {
      const { listCandidates } = await import('../../candidates/list.ts')
      const { indexOfPip } = await import('../../candidates/pip-index.ts')
      const isUrl = /^[a-z+]+:\/\/|^[\w.-]+@[\w.-]+:/.test(options.repo)
      const list = await listCandidates({
        repository: isUrl ? options.repo : resolve(context.cwd, options.repo),
        indexUrl: options.index ?? (await indexOfPip()),
        project: options.project,
        after: options.after,
        baseline: options.baseline,
      })
      if (options.json) printJson(context, printed(list))
      else show(list, options, context)
      context.finish(list.chosen === null ? exitCodes.no : exitCodes.ok)
    })
}

/** Reasons as text: `final-release: 3.2.0 is a final release; …`. */
function printed({ candidates, chosen }: CandidateList): unknown {
  const plain = candidates.map((candidate) => ({
    ...candidate,
    reasons: candidate.reasons.map(({ code, text }) => `${code}: ${text}`),
  }))
  return {
    candidates: plain,
    chosen: plain[chosen === null ? -1 : candidates.indexOf(chosen)] ?? null,
  }
}

function show(
  { candidates, chosen }: CandidateList,
  options: CandidatesOptions,
  context: ProgramContext,
): void {
  const table = new Table({
    head: ['version', 'tag', 'commit', 'why not'],
    style: { head: [], border: [] },
  })
  for (const { version, tag, commit, prerelease, reasons } of candidates)
    if (prerelease || options.all)
      table.push([
        version,
        tag ?? '-',
        commit?.slice(0, 12) ?? '-',
        reasons.map(({ code }) => code).join(', '),
      ])
  context.out(table.toString())
  context.out(
    chosen === null
      ? `no candidate after ${options.after}: have the next one cut and published by an operator; the gate never cuts one`
      : `chosen: ${chosen.version} (${chosen.tag ?? ''}, ${chosen.commit ?? ''})`,
  )
}
