import {
  blocked,
  failed,
  type GateStop,
  inconclusive,
  isUntouched,
  markerOf,
  redactAll,
  withoutMarker,
} from '@canary-gate/gate-kernel'
import * as all from './items.ts'
import type { Checked, Item } from './items.ts'

/** GitHub refuses longer comments with a 422. */
export const longestBody = 65_536

/** Things that only a template or a bug leaves behind. Health documents may well say `null`. */
const placeholder =
  /\{\{|\$\{|<(?!!--)[A-Za-z][\w -]*>|\b(?:TODO|TBD|FIXME|XXX|undefined|NaN)\b|\[object |\| +\||`null`|``\s/

const form: Item = {
  id: 'form',
  verdict: 'fail',
  carries: () => [],
  problems: ({ body }) => {
    const text = withoutMarker(body)
    const left = placeholder.exec(text.replace(/```json[\s\S]*?```/g, ''))?.[0]
    return [
      ...(left === undefined ? [] : [`a placeholder is left: "${left.trim()}"`]),
      ...(body.length <= longestBody ? [] : [`${body.length} characters, ${longestBody} at most`]),
      ...(markerOf(body) !== null && isUntouched(body) ? [] : ['the marker does not fit the text']),
      ...redactAll(text).found.map((kind) => `a secret is in it: ${kind}`),
    ]
  },
}

const environmentItems: readonly Item[] = [
  ...[form, all.version, all.tag, all.baseline, all.wheel, all.deployment, all.eventsPackage],
  ...[all.snapshot, all.infraCount, all.historicalRows, all.interventions, all.statements],
]

const items = {
  41: [...environmentItems, all.sixteenCells, all.runFiles],
  1038: [
    ...environmentItems,
    all.eventsTag,
    all.canaryLink,
    all.sixteenCells,
    all.runFiles,
    all.teamspaceLogs,
  ],
} as const satisfies Record<number, readonly Item[]>

/**
 * Checks a comment before it is posted: every item is in it, and every item is true now. Returns the
 * stop that names all findings, or null. The code of the stop is the first item that is not well:
 * `comment-tag`, `comment-teamspace`, and so on.
 */
export function checkComment(issue: 41 | 1038, checked: Checked): GateStop | null {
  const unwell = items[issue].flatMap((item) => {
    const missing = item.carries(checked).filter((text) => !checked.body.includes(text))
    const findings = [
      ...missing.map((text) => `the comment lacks "${text}"`),
      ...item.problems(checked),
    ]
    return findings.length === 0 ? [] : [{ item, findings }]
  })
  const first = unwell[0]
  if (first === undefined) return null
  const findings = unwell.flatMap((one) => one.findings.map((text) => `${one.item.id}: ${text}`))
  const stop = { blocked, fail: failed, inconclusive }[first.item.verdict]
  return stop({
    code: `comment-${first.item.id}`,
    // It was proven before and is not so now: who or what changed it, the gate cannot tell.
    ...(first.item.verdict === 'fail' ? { cause: 'cannot-tell' as const } : {}),
    what: `the evidence comment for issue ${issue} cannot be posted: ${findings.join('; ')}`,
    where: `comment on issue ${issue}, not posted`,
    next: 'nothing was written to GitHub; correct what the findings name and run the whole gate again',
    findings,
  })
}
