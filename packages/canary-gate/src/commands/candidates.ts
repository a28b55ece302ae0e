import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command } from 'commander'
import type { CandidateList, CandidateQuery } from '@canary-gate/phase4-gate'
import { busy } from '../program/busy.ts'
import { examples, exitCodes, printJson, type ProgramContext } from '../program/context.ts'
import { artifactsFolder, refuseWithout } from '../program/place.ts'
import { UsageError } from '../program/usage-error.ts'

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
      await list(options, context)
    })
}

async function list(options: CandidatesOptions, context: ProgramContext): Promise<void> {
  await refuseWithout('candidates', context)
  const { listCandidates, untaggedAfter } = await import('@canary-gate/phase4-gate')
  const query = await queryFrom(options, context)
  const found = await busy('reading tags and index', listCandidates(query))
  if (options.json) printJson(context, printed(found))
  else show(found, options, context)
  const untagged = untaggedAfter(found)
  if (untagged !== null)
    context.err(
      `published, but without a tag in ${options.repo}: ${untagged}; git fetch --tags there if it is a clone`,
    )
  if (found.chosen === null) {
    const advice = whatToDo(found, options)
    if (options.json) context.err(advice)
    else context.out(advice)
  }
  context.finish(found.chosen === null ? exitCodes.no : exitCodes.ok)
}

/** @throws UsageError for an argument that cannot be what it stands for */
async function queryFrom(
  { repo, index, project, after, baseline }: CandidatesOptions,
  context: ProgramContext,
): Promise<CandidateQuery> {
  const { indexOfPip } = await import('@canary-gate/phase4-gate')
  const { canonicalVersion } = await import('@canary-gate/phase4-gate')
  const { tagsOfEarlierRuns } = await import('@canary-gate/phase4-gate')
  if (canonicalVersion(after) === null)
    throw new UsageError(`--after ${after} is not a version; write one such as 3.2.0rc15`)
  if (index !== undefined && !/^https?:$/.test(URL.parse(index)?.protocol ?? ''))
    throw new UsageError(`--index ${index} is no address; write one that begins with https://`)
  const repository = isUrl(repo) ? repo : resolve(context.cwd, repo)
  if (!isUrl(repo) && !existsSync(repository))
    throw new UsageError(`--repo ${repo}: there is no such folder; name a clone, or a URL`)
  return {
    ...{ repository, project, after, baseline },
    indexUrl: index ?? (await indexOfPip(context.environment)),
    lastSeen: await tagsOfEarlierRuns(
      artifactsFolder(context),
      ({ checkouts }) => checkouts.cli === repository,
    ),
  }
}

function isUrl(repo: string): boolean {
  return /^[a-z+]+:\/\/|^[\w.-]+@[\w.-]+:/.test(repo)
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
  const rows = candidates
    .filter(({ prerelease }) => prerelease || options.all)
    .map(({ version, tag, commit, reasons }) => [
      version,
      tag ?? '-',
      commit?.slice(0, 12) ?? '-',
      reasons.map(({ code }) => code).join(', '),
    ])
  for (const line of columns([['version', 'tag', 'commit', 'why not'], ...rows])) context.out(line)
  if (chosen !== null)
    context.out(`chosen: ${chosen.version} (${chosen.tag ?? ''}, ${chosen.commit ?? ''})`)
}

/** Rows of cells as lines, each column as wide as its widest cell. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widthOf = (column: number): number =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0))
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widthOf(column)))
      .join('  ')
      .trimEnd(),
  )
}

/** Where a candidate may only seem to be missing, the way to find out comes first. */
function whatToDo({ candidates }: CandidateList, options: CandidatesOptions): string {
  const { after, baseline, repo, project } = options
  const none = `no candidate after ${after}: `
  const has = (code: string): boolean =>
    candidates.some(({ reasons }) => reasons.some((reason) => reason.code === code))
  if (!candidates.some(({ tag }) => tag !== null))
    return `${none}${repo} has no tags; git fetch --tags there`
  if (!candidates.some(({ published }) => published))
    return `${none}the index has no version of ${project}; correct --index or --project`
  if (has('baseline-unknown'))
    return `${none}${repo} lacks the baseline ${baseline} or its history; git fetch --tags --unshallow there, or name another --baseline`
  return `${none}have the next one cut and published by an operator; the gate never cuts one`
}
