import { isDeepStrictEqual } from 'node:util'
import { countSuite } from '../../../packages/phase4-gate/src/teamspace/counts.ts'
import { differences, type Harmless, isAllowed } from '../mutations/harmless.ts'
import { canarySubjects } from '../subjects/canary.ts'
import { indexSubjects } from '../subjects/package-index.ts'
import { serviceSubjects } from '../subjects/service.ts'
import type { Ending } from './world.ts'
import type { Done } from './written.ts'

/** What the gate may release although it was changed, and why. */
interface Rule {
  readonly at: RegExp
  /** Fields that may differ. */
  readonly harmless?: Harmless
  /** Only these fields decide anything; the others may differ. */
  readonly rests?: RegExp
  /** Every change of it may be released, for this reason. */
  readonly anything?: string
  /** Its writer sends no keys but the known ones. */
  readonly isClosed?: true
  /** It only helps to find the fixes: it may differ where the same ones were proven all the same. */
  readonly findsFixes?: true
}

const [health, ready] = serviceSubjects
const [single, oneOfFour] = canarySubjects
const [index] = indexSubjects

const rules: readonly Rule[] = [
  { at: /GET \/health\/$/, harmless: health?.harmless ?? [] },
  { at: /GET \/health\/ready\/$/, harmless: ready?.harmless ?? [] },
  { at: /^single /, harmless: single?.harmless ?? [], isClosed: true },
  { at: /^(runs|latest)/, harmless: oneOfFour?.harmless ?? [], isClosed: true },
  { at: /GET \/pypi\//, harmless: index?.harmless ?? [], rests: /^releases\./ },
  {
    at: /GET \/simple\//,
    anything: 'only the installer reads it; what it installed has the digest that the index names',
  },
  { at: /GET \/admin\/(image|rows)$/ },
  { at: /GET \/api\/v1\/sync\/health\/$/ },
  { at: /GET \/files\// },
  {
    at: /GET issue \d+$/,
    rests: /^(number|state|state_reason|closed_at|closed_by|closed_by\.login|locked|pull_request)$/,
  },
  { at: /GET pull \d+$/, rests: /^(number|state|merged|merged_at|merge_commit_sha|base\.ref)$/ },
  { at: /GET (comments \d+)$/, rests: /^\d+(\.(id|body|user|user\.login))?$/ },
  {
    at: /^github: (POST comment|PATCH issue) \d+$/,
    anything: 'only reads prove a write: the gate looks whether it was stored',
  },
  { at: /GET timeline 11\d\d$/, findsFixes: true },
  { at: /GET timeline \d+$/, rests: /^\d+(\.(event|commit_id|created_at|actor)\b.*)?$/ },
  { at: /tags%2F/, rests: /^(ref|object|object\.(sha|type))$/ },
  { at: /GET tag /, rests: /^(sha|object|object\.(sha|type))$/ },
  { at: /GET user$/, rests: /^login$/ },
  { at: /POST graphql$/, findsFixes: true },
  { at: /^teamspace\./ },
]

/** What was wrong with an end; null where it is as it should be. */
export function wrongIn(at: string, ending: Ending, faultless: Ending): string | null {
  const { verdict, done, exitCode, writes, writesBefore, stop } = ending
  if (verdict === null) return 'the gate ended without a verdict'
  if (done === null)
    return verdict === 'release' ? null : `nothing was changed, and it held: ${stop}`
  if (verdict === 'release')
    return isHarmless(at, done, isDeepStrictEqual(ending.fixes, faultless.fixes))
      ? null
      : 'released wrongly'
  if (exitCode === 0) return `exit code 0 with the verdict ${verdict}`
  const published = writes.filter((name) => / (41|1038)$/.test(name))
  return writesBefore === 0 && published.length > 0
    ? `held after it had published (${published.join(', ')})`
    : null
}

function isHarmless(at: string, done: Done, hasSameFixes: boolean): boolean {
  const { kind, before, after } = done
  const rule = rules.find((one) => one.at.test(at))
  if (rule === undefined) throw new Error(`no rule says what of "${at}" may differ`)
  if (rule.anything !== undefined) return true
  const changed = Buffer.from(after, 'base64')
  if (kind === 'contradiction') return false
  if (at.startsWith('teamspace.')) return isDeepStrictEqual(...suitesOf(at, done))
  if (kind === 'ambiguous' || (kind === 'unknown' && rule.isClosed === true)) return false
  const [one, other] = [parsed(before), parsed(changed.toString('utf8'))]
  if (other === undefined) return false
  if (isDeepStrictEqual(one, other)) return true
  if (rule.findsFixes === true) return hasSameFixes
  return differences(one, other).every((path) => mayDiffer(rule, path, other))
}

/** What the gate makes of log and report, before the change and after it. */
function suitesOf(at: string, { before, after, beside = '' }: Done): [unknown, unknown] {
  const bytes = Buffer.from(after, 'base64')
  if (at === 'teamspace.xml')
    return [countSuite(beside, Buffer.from(before)), countSuite(beside, bytes)]
  const report = Buffer.from(beside)
  return [countSuite(before, report), countSuite(bytes.toString('utf8'), report)]
}

function mayDiffer({ harmless = [], rests }: Rule, path: string, value: unknown): boolean {
  if (isAllowed(harmless, path, value)) return true
  return rests !== undefined && !rests.test(path)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
