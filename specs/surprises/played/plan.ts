import type { PlayedSurprise } from './world.ts'

/** Of `latest.json` only what the last run leaves is read: each run writes it anew. */
const written = [
  ...['single runs/run-1.json', 'single latest.json of 1', 'teamspace.xml', 'teamspace.log'],
  ...[1, 2, 3, 4].map((number) => `runs/run-${number}.json`),
  'latest.json of 4',
]
/** Answers that stand in the way of an answer; a redirect leads to another server. */
const statuses = [204, 301, 302, 307, 403, 404, 410, 429, 500, 503]

/**
 * Chooses surprises: of all documents, from the first time that they are read, or later.
 *
 * @param answers how often each answer was asked for in a faultless world
 * @param seed any whole number; the same one always chooses the same surprises
 */
export function* surprises(
  answers: ReadonlyMap<string, number>,
  seed: number,
): Generator<PlayedSurprise, never> {
  const draw = draws(seed)
  const served = [...answers.keys()].sort()
  for (;;) {
    const isServed = draw(3) > 0
    const at = pick(isServed ? served : written, draw)
    const from = 1 + draw(isServed ? (answers.get(at) ?? 1) : 1)
    const status = isServed && draw(6) === 0 ? { status: pick(statuses, draw) } : {}
    yield { at, from, draw: draw(2 ** 31), ...status }
  }
}

function pick<T>(all: readonly T[], draw: (below: number) => number): T {
  const one = all[draw(all.length)]
  if (one === undefined) throw new Error('there is nothing to choose from')
  return one
}

/** Whole numbers below a bound, always the same ones for a seed (mulberry32). */
function draws(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}
