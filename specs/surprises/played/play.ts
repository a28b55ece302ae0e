import { sideBySide } from '../../matrix/side-by-side.ts'
import { wrongIn } from './judge.ts'
import { surprises } from './plan.ts'
import { type Ending, type PlayedSurprise, playOne } from './world.ts'

/** One surprise that was played through the real gate. */
export interface Line {
  readonly surprise: PlayedSurprise | null
  /** The document, the change, and when it began. */
  readonly what: string
  readonly verdict: string
  readonly stop: string
  /** Null where the end was as it should be. */
  readonly wrong: string | null
}

export interface Play {
  readonly count: number
  readonly seed: number
  /** How many gates run at the same time. */
  readonly width: number
  readonly say: (line: string) => void
}

/**
 * Plays surprises through the real gate, with stand-ins for the canary and the suite.
 *
 * @throws Error if the faultless world is held: nothing could be learned then
 */
export async function playSurprises({ count, seed, width, say }: Play): Promise<Line[]> {
  const faultless = await playOne(null)
  const wrong = wrongIn('', faultless, faultless)
  if (wrong !== null) throw new Error(`the faultless world: ${wrong}\n${faultless.output}`)
  const chosen = surprises(faultless.documents, seed)
  const all = Array.from({ length: count }, () => chosen.next().value)
  return sideBySide(all, width, async (surprise) => told(await lineOf(surprise, faultless), say))
}

/** Plays the world in which nothing is wrong; none of these runs may be held. */
export async function playFaultless({ count, width, say }: Play): Promise<Line[]> {
  const all = Array.from({ length: count }, () => null)
  return sideBySide(all, width, async (surprise) => told(await lineOf(surprise, null), say))
}

async function lineOf(surprise: PlayedSurprise | null, faultless: Ending | null): Promise<Line> {
  const ending = await playOne(surprise)
  const at = surprise?.at ?? ''
  return {
    surprise,
    what: surprise === null ? 'nothing' : `${at}, from ${surprise.from}: ${whatOf(ending)}`,
    verdict: ending.verdict ?? 'none',
    stop: ending.stop.trim(),
    wrong: explained(wrongIn(at, ending, faultless ?? ending), ending),
  }
}

/** Where there is no verdict, only what the gate printed says why. */
function explained(wrong: string | null, { verdict, exitCode, output }: Ending): string | null {
  if (wrong === null || verdict !== null) return wrong
  return `${wrong} (exit code ${exitCode}): ${output.slice(-1_000)}`
}

function whatOf({ done }: Ending): string {
  return done?.what ?? 'never written'
}

function told(line: Line, say: Play['say']): Line {
  const { what, verdict, stop, wrong, surprise } = line
  say(`${wrong === null ? 'ok ' : 'BAD'} ${verdict} ${stop} · ${what}`)
  if (wrong !== null) say(`    ${wrong}: ${JSON.stringify(surprise)}`)
  return line
}
