import { readJson } from '@canary-gate/documents'
import { z } from 'zod'
import { tokenVariables } from '../world/known-secrets.ts'
import { blocked, type GateStop, inconclusive, sha256Of } from '@canary-gate/gate-kernel'
import type { GateRun } from '../run/run.ts'
import {
  describeOutcome,
  lookUpTimeoutMs,
  plainEnvironment,
  runProgram,
} from '@canary-gate/programs'
import type { Fact } from '../run/facts.ts'

type HistoricalRows = Fact<'historicalRows'>

/**
 * The historical business-rule rows: by content where the world has a command that prints them,
 * otherwise by the count of the readiness endpoint alone, which the fact then says (digest null).
 */
export async function readHistoricalRows(
  run: GateRun,
  countOfReady: number,
): Promise<HistoricalRows> {
  const { rowsCommand, historicalRows: expected, url } = run.world.service
  if (countOfReady !== expected) throw wrongCount(countOfReady, expected, `${url}/health/ready/`)
  if (rowsCommand === undefined) return { count: countOfReady, contentSha256: null }
  const rows = await printedRows(rowsCommand, run.world.github.tokenEnv)
  const where = rowsCommand.join(' ')
  if (rows.length !== expected) throw wrongCount(rows.length, expected, where)
  refuseUnclear(rows, where)
  refuseOtherState(rows, where)
  return { count: rows.length, contentSha256: contentDigest(rows) }
}

/** Order of rows and of keys carries no meaning, so neither may change the digest. */
export function contentDigest(rows: readonly unknown[]): string {
  return sha256Of(JSON.stringify(rows.map((row) => JSON.stringify(sorted(row))).sort()))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, inner]) => [key, sorted(inner)] as const)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

const rowSchema = z.looseObject({
  state: z.string().optional(),
  status: z.string().optional(),
  last_failure_class: z.string().optional(),
})
type Row = z.infer<typeof rowSchema>

/** 22 rows with their payloads. */
const maximumBytes = 16 * 1024 * 1024
/** Times of a row may be written as seconds with a fraction. */
const fractions = ['created_at', 'updated_at', 'age_seconds']

async function printedRows(command: readonly string[], notIts: string): Promise<Row[]> {
  const outcome = await runProgram({
    command,
    env: plainEnvironment([...tokenVariables, notIts]),
    timeoutMs: lookUpTimeoutMs,
  })
  const unreadable = (reason: string, cause?: unknown): GateStop =>
    inconclusive(
      {
        code: 'historical-rows-unreadable',
        cause: 'environment',
        what: `the command that prints the historical rows ${reason}`,
        where: command.join(' '),
        next: 'run it by hand, or remove `service.rowsCommand`: the rows are then checked by count',
      },
      { cause },
    )
  if (outcome.kind !== 'exited' || outcome.exitCode !== 0) {
    throw unreadable(`failed: ${describeOutcome(outcome)}`)
  }
  try {
    return readJson(z.array(rowSchema), outcome.stdout.trim(), { maximumBytes, fractions })
  } catch (cause) {
    throw unreadable('did not print a JSON array of rows', cause)
  }
}

/** Rows that do not say their state, or that are one row printed twice, prove nothing about 22 rows. */
function refuseUnclear(rows: readonly Row[], where: string): void {
  const texts = rows.map((row) => JSON.stringify(sorted(row)))
  const findings = rows.flatMap((row, index) => [
    ...((row.state ?? row.status) === undefined ? [`row ${index + 1} does not say its state`] : []),
    ...(row.state !== undefined && row.status !== undefined && row.state !== row.status
      ? [`row ${index + 1} says two states, "${row.state}" and "${row.status}"`]
      : []),
    ...(row.last_failure_class === undefined
      ? [`row ${index + 1} does not say how it failed`]
      : []),
    ...(texts.indexOf(texts[index] ?? '') === index ? [] : [`row ${index + 1} is printed twice`]),
  ])
  if (findings.length === 0) return
  throw inconclusive({
    code: 'historical-rows-unclear',
    cause: 'environment',
    what: `the printed rows do not show that they are untouched: ${findings.slice(0, 3).join('; ')}`,
    where,
    next: 'let `service.rowsCommand` print each row once, with `state` and `last_failure_class`',
    findings,
  })
}

const businessRule = ['business_rule', 'business_rule_rejected']

function refuseOtherState(rows: readonly Row[], where: string): void {
  const findings = rows.flatMap((row, index) => {
    const state = row.state ?? row.status ?? ''
    const failure = row.last_failure_class ?? ''
    return [
      ...(state === 'terminal_failed' ? [] : [`row ${index + 1} is "${state}"`]),
      ...(businessRule.includes(failure) ? [] : [`row ${index + 1} failed by "${failure}"`]),
    ]
  })
  if (findings.length === 0) return
  throw blocked({
    code: 'historical-rows-changed',
    what: `historical rows are no longer terminally failed business-rule rows: ${findings.join('; ')}`,
    where,
    next: 'find out who changed them; they are left as they are, never repaired by hand',
    findings,
  })
}

function wrongCount(actual: number, expected: number, where: string): GateStop {
  return blocked({
    code: 'historical-rows-changed',
    what: `${actual} historical business-rule rows, expected ${expected}`,
    where,
    next: 'find out who changed them; they are left as they are, never repaired by hand',
  })
}
