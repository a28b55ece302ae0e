import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import type { Fingerprint } from '../run/fingerprint.ts'
import type { Fingerprinter } from '../interventions/fingerprint.ts'
import { interventions } from '../interventions/compare.ts'
import { withKnown } from '../interventions/service-counters.ts'
import { type HarnessOutput, type OutputBefore, readFresh } from './output.ts'

/** What was seen of one run while the harness went through the protocol. */
interface SeenRun {
  readonly startedAtMs: number
  /** The document as it was first seen. */
  readonly text: string
  /** Taken as soon as the run's file was there. */
  readonly atEnd: Fingerprint
}

/** What the watch saw. */
export interface Watched {
  readonly interventions: readonly string[]
  /** Documents that are not what they were when their run had ended: written once means once. */
  readonly rewritten: readonly string[]
}

/** Watches the harness's output while it works; `stop` takes a last look and says what it saw. */
export interface Watch {
  stop(): Promise<Watched>
}

export interface WatchOptions {
  readonly output: HarnessOutput
  readonly before: OutputBefore
  readonly fingerprinter: Fingerprinter
  /** State right before the harness was started. */
  readonly initial: Fingerprint
  readonly runs: number
  /** See `canary.ownSandboxes` of the world: whether a run may change what is watched. */
  readonly ownSandboxes: boolean
  /** Called once per run, as soon as its file is there. */
  readonly onRunEnd: (number: number) => Promise<void>
}

/** Often enough to see what happens in the short gap between two runs. */
const intervalMs = 100
/** Looking takes at most half of the time, however large the databases are. */
const restPerLook = 1

/**
 * The harness makes its runs in one go, so their gaps cannot be entered, only observed: the state
 * is sampled all the time, and each sample is attributed by the time stamps of the run documents.
 * Between the end of run N and the start of run N+1 every change is an intervention; during a run
 * it is one too if the harness works in sandboxes of its own, otherwise only what no canary run does
 * by itself (GATE/NFR-001).
 */
export function watchRuns(options: WatchOptions): Watch {
  const control = new AbortController()
  const seen = new Map<number, SeenRun>()
  const samples: Fingerprint[] = [options.initial]
  const look = async (): Promise<void> => {
    const ended = await newlyEnded(options, seen)
    const sample = withKnownService(await options.fingerprinter.take(), samples)
    keep(samples, sample)
    for (const { number, ...run } of ended) {
      seen.set(number, { ...run, atEnd: sample })
      await options.onRunEnd(number)
    }
  }
  const watching = (async () => {
    while (!control.signal.aborted) {
      const started = performance.now()
      await look()
      const restMs = Math.max(intervalMs, (performance.now() - started) * restPerLook)
      await pause(restMs, undefined, { signal: control.signal }).catch(() => undefined)
    }
  })()
  // Awaited in `stop`; until then a failure must not count as unhandled.
  watching.catch(() => undefined)
  return {
    async stop() {
      control.abort()
      await watching
      await look()
      const rewritten = await rewrittenDocuments(seen, options.output, options.before)
      return { interventions: judgeSamples(samples, seen, options), rewritten }
    },
  }
}

/** Equal neighbours carry no news: of each stretch without change the first and the last suffice. */
function keep(samples: Fingerprint[], sample: Fingerprint): void {
  const [earlier, last] = samples.slice(-2)
  const still =
    earlier !== undefined &&
    last !== undefined &&
    sameState(earlier, last) &&
    sameState(last, sample)
  if (still) samples.pop()
  samples.push(sample)
}

function sameState(a: Fingerprint, b: Fingerprint): boolean {
  return JSON.stringify({ ...a, takenAt: '' }) === JSON.stringify({ ...b, takenAt: '' })
}

const startSchema = z.looseObject({ timestamp: z.iso.datetime({ offset: true }) })

/** Runs whose file has appeared. Asked before a sample is taken, so that it belongs after their end. */
async function newlyEnded(
  options: WatchOptions,
  seen: ReadonlyMap<number, SeenRun>,
): Promise<({ number: number } & Omit<SeenRun, 'atEnd'>)[]> {
  const ended: ({ number: number } & Omit<SeenRun, 'atEnd'>)[] = []
  for (let number = 1; number <= options.runs; number += 1) {
    if (seen.has(number)) continue
    const { output, before } = options
    const document = await readFresh(output.runFile(number), before, output.secrets)
    const startedAtMs = 'absent' in document ? null : startOf(document.text)
    if ('absent' in document || startedAtMs === null) return ended
    ended.push({ number, startedAtMs, text: document.text })
  }
  return ended
}

/** A run that fails and is repeated until it passes would show here, and nowhere else. */
async function rewrittenDocuments(
  seen: ReadonlyMap<number, SeenRun>,
  output: HarnessOutput,
  before: OutputBefore,
): Promise<string[]> {
  const looked = [...seen].map(async ([number, { text }]) => {
    const now = await readFresh(output.runFile(number), before, output.secrets)
    return 'text' in now && now.text === text
      ? []
      : [`runs/run-${number}.json: it was rewritten after its run had ended`]
  })
  return (await Promise.all(looked)).flat()
}

/** A service that did not answer this time keeps its last counters: the next answer is compared. */
function withKnownService(sample: Fingerprint, samples: readonly Fingerprint[]): Fingerprint {
  return { ...sample, service: withKnown(sample.service, samples.at(-1)?.service ?? null) }
}

function startOf(text: string): number | null {
  try {
    return Date.parse(startSchema.parse(JSON.parse(text)).timestamp)
  } catch {
    return null
  }
}

/** Walks over neighbouring samples; the moment of the later one decides where a change belongs. */
function judgeSamples(
  samples: readonly Fingerprint[],
  seen: ReadonlyMap<number, SeenRun>,
  { runs, ownSandboxes }: WatchOptions,
): string[] {
  const found = samples.slice(1).flatMap((sample, index) => {
    const before = samples[index]
    if (before === undefined) return []
    const place = placeOf(Date.parse(sample.takenAt), seen, runs)
    const unexplained = ownSandboxes || place.between ? 'any' : 'foreign'
    return interventions(before, sample, place.name, unexplained)
  })
  return withoutEchoes([...new Set(found)])
}

/**
 * One deed may show in two looks: a transaction in the marks of a database before its rows, a new file before
 * what is written to it. What was found by its content needs no second finding that says only that something
 * was written, and what was added no second one that it was edited.
 */
function withoutEchoes(found: readonly string[]): string[] {
  const [put, edited, added] = [': written and put back: ', ': file edited: ', ': file added: ']
  return found.filter((one) => {
    if (one.includes(edited)) return !found.includes(one.replace(edited, added))
    const [place = '', path] = one.split(put)
    if (path === undefined) return true
    return !found.some(
      (other) => other !== one && other.startsWith(`${place}: `) && other.includes(path),
    )
  })
}

/** What happens before the first and after the last run belongs to the harness's own set-up. */
function placeOf(
  atMs: number,
  seen: ReadonlyMap<number, SeenRun>,
  runs: number,
): { between: boolean; name: string } {
  for (let number = 1; number <= runs; number += 1) {
    const run = seen.get(number)
    if (run !== undefined && number > 1 && atMs < run.startedAtMs) {
      return { between: true, name: `between run ${number - 1} and run ${number}` }
    }
    if (run === undefined || atMs <= Date.parse(run.atEnd.takenAt)) {
      return { between: false, name: `during run ${number}` }
    }
  }
  return { between: false, name: `after run ${runs}` }
}
