import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { SURPRISED } from './play.ts'

/** One check of the gate, and the text that disables it. */
interface Mutant {
  readonly check: string
  readonly file: string
  readonly from: string
  readonly to: string
  /** The document whose surprises have to be released then. */
  readonly subject: string
}

const json = 'documents/src/json.ts'
const text = 'documents/src/text.ts'
const answers = 'phase4-gate/src/service/answers.ts'
const contract = 'phase4-gate/src/service/contract.ts'
const results = 'phase4-gate/src/canary/results.ts'
const junit = 'phase4-gate/src/teamspace/junit-report.ts'
const counts = 'phase4-gate/src/teamspace/counts.ts'

const blockers = 'phase4-gate/src/blockers/requirements.ts'
const issue1141 = 'blockers: GET /repos/Priivacy-ai/spec-kitty/issues/1141'

const mutants: readonly Mutant[] = [
  one('duplicate keys', json, 'if (first === undefined) return []', 'return []', '/health/ready/'),
  one('look-alike keys', json, 'const form = formOf(key)', 'const form = key', '/health/'),
  one('integers as written', json, 'if (!pattern.test(literal))', 'if (false)', '/health/ready/'),
  one('minus zero', json, 'if (Object.is(value, -0))', 'if (false)', '/health/ready/'),
  one(
    'byte order mark',
    text,
    "if (text.startsWith('\\uFEFF'))",
    "if (text.startsWith('\\uFEFF')) return text.slice(1)\n  if (false)",
    '/health/',
  ),
  one('health status', answers, "if (health.status !== 'ok')", 'if (false)', '/health/'),
  one(
    'identity of the service',
    'phase4-gate/src/service/snapshot.ts',
    '.filter((key) => one[key] !== other[key])',
    '.filter(() => false)',
    '/health/',
  ),
  one('status of readiness', answers, "ready.status !== 'ready' || ", '', '/health/ready/'),
  one('words of dependencies', contract, 'if (words.includes(status) &&', 'if (', '/health/ready/'),
  one(
    'closed drain queue',
    contract,
    'drainQueueSchema = z.strictObject',
    'drainQueueSchema = z.looseObject',
    '/health/ready/',
  ),
  one(
    'historical rows, read twice',
    'phase4-gate/src/service/snapshot.ts',
    "['terminal_failed_count', 'business_rule_rejected_count']",
    "['terminal_failed_count']",
    '/health/ready/',
  ),
  one(
    'closed run document',
    'phase4-gate/src/run/facts.ts',
    'canaryRunSchema = z.strictObject',
    'canaryRunSchema = z.object',
    'runs/run-1.json, alone',
  ),
  one(
    'run number',
    results,
    '...(run.run_number === expected.runNumber',
    '...(run.run_number > 0',
    'runs/run-1.json, alone',
  ),
  one(
    'version of the command',
    results,
    '...(samePrintedVersion(run.cli_version, expected.cliVersion)',
    '...(run.cli_version !== expected.cliVersion + 1',
    'runs/run-1.json, alone',
  ),
  one(
    'ids of scenarios',
    results,
    "...(ids.join() === '1,2,3,4'",
    '...(ids.length > 0',
    'runs/run-1.json, alone',
  ),
  one(
    'shape of a run id',
    results,
    '...(ulid.test(run.run_id)',
    '...(run.run_id.length > 0',
    'runs/run-1.json, alone',
  ),
  one('names of scenarios', results, '...differentNames(runs),', '', 'runs/run-2.json'),
  one(
    'totals of a report',
    junit,
    'if (stated !== null && stated !== counted)',
    'if (false)',
    'teamspace.xml',
  ),
  one(
    'unknown attributes',
    junit,
    'if (!known.includes(attribute))',
    'if (false)',
    'teamspace.xml',
  ),
  one('log against report', counts, '...disagreements(tally, summaries)]', ']', 'teamspace.log'),
  one(
    'one meaning of GitHub',
    'gate-kernel/src/github/transport.ts',
    'if (response.ok) requireOneMeaning(',
    'if (false) requireOneMeaning(',
    issue1141,
  ),
  one('a blocker is closed', blockers, "issue.state !== 'closed'", 'false', issue1141),
  one(
    'a blocker is completed',
    blockers,
    "return stateReason !== 'completed'",
    'return false',
    issue1141,
  ),
  one(
    'an issue agrees with itself',
    'gate-kernel/src/github/schemas.ts',
    "(state === 'closed') === (closed_at !== null) &&",
    '',
    issue1141,
  ),
  one(
    'project of the index',
    'phase4-gate/src/candidates/simple-page.ts',
    'if (normalized(named) === normalized(project)) return',
    'return',
    'index.json',
  ),
]

function one(check: string, file: string, from: string, to: string, subject: string): Mutant {
  return { check, file, from, to, subject }
}

const root = join(import.meta.dirname, '..', '..')

/** Disables each check in a copy of the packages and plays the surprises there. */
export async function playMutants(
  say: (line: string) => void,
): Promise<readonly { readonly check: string; readonly isKilled: boolean }[]> {
  const folder = await mkdtemp(join(tmpdir(), 'gate-mutants-'))
  try {
    await copyGate(folder)
    const played = []
    for (const mutant of mutants) {
      const isKilled = await playMutant(folder, mutant)
      say(`${mutant.check}: ${isKilled ? 'killed' : 'SURVIVED'}`)
      played.push({ check: mutant.check, isKilled })
    }
    return played
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The packages as copies, so that a check can be disabled in them; everything else of `node_modules` as links. */
async function copyGate(folder: string): Promise<void> {
  await cp(join(root, 'packages'), join(folder, 'packages'), { recursive: true })
  await cp(join(root, 'specs', 'surprises'), join(folder, 'specs', 'surprises'), {
    recursive: true,
  })
  await cp(join(root, 'fixtures'), join(folder, 'fixtures'), { recursive: true })
  await cp(join(root, 'package.json'), join(folder, 'package.json'))
  const modules = join(folder, 'node_modules')
  await mkdir(join(modules, '@canary-gate'), { recursive: true })
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (name !== '@canary-gate')
      await symlink(join(root, 'node_modules', name), join(modules, name))
  }
  for (const name of await readdir(join(root, 'packages')))
    await symlink(join(folder, 'packages', name), join(modules, '@canary-gate', name))
}

async function playMutant(
  folder: string,
  { check, file, from, to, subject }: Mutant,
): Promise<boolean> {
  const path = join(folder, 'packages', file)
  const original = await readFile(path, 'utf8')
  if (!original.includes(from))
    throw new Error(`the check "${check}" is no longer written as ${from}`)
  await writeFile(
    path,
    original.replace(from, () => to),
  )
  try {
    const play = join(folder, 'specs', 'surprises', 'run.ts')
    const words = [play, `--only=${subject}`]
    const { exitCode, stderr } = await execa(process.execPath, words, { reject: false })
    // Everything but the two answers is a mutant that does not run, which proves nothing.
    if (exitCode === 0) return false
    if (exitCode === SURPRISED) return true
    throw new Error(`the mutant "${check}" did not run: ${stderr}`)
  } finally {
    await writeFile(path, original)
  }
}
