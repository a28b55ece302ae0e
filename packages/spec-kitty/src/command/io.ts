import { surviveClosedOutput } from './closed-output.ts'
import { Progress } from './progress.ts'
import { writeOut } from './standard-output.ts'

/** The edges of the program: everything it reads from and writes to the outside passes here. */
export interface Edges {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** The file this program was started from. */
  readonly program: string
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Whether a person looks at standard error, so that progress may be drawn. */
  readonly isTerminal: boolean
  readonly columns: number
}

/** The edges as commands use them: what they print for a reader cannot steer a terminal. */
export interface Io extends Edges {
  /** To standard output byte by byte: events, which leave as they came. */
  readonly raw: (text: string) => void
  readonly progress: Progress
}

/** Text of a server or of another machine's events may carry control characters: they are shown, not obeyed. */
export function withVisibleControls(edges: Edges): Io {
  const progress = new Progress(edges.isTerminal, edges.err)
  const after =
    (write: (text: string) => void) =>
    (text: string): void => {
      progress.clear()
      write(text)
    }
  return {
    ...edges,
    out: after((text) => edges.out(visible(text))),
    err: after((text) => edges.err(visible(text))),
    raw: after(edges.out),
    progress,
  }
}

/** Everything but tab and line feed that moves the cursor or the direction of writing. */
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g

/** The escape is the one of JSON, so a document keeps its meaning. */
function visible(text: string): string {
  return text.replaceAll(
    CONTROLS,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** The edges of a real process. */
export function processIo(): Edges {
  surviveClosedOutput()
  return {
    env: process.env,
    cwd: process.cwd(),
    program: process.argv[1] ?? process.execPath,
    out: writeOut,
    err: (text) => process.stderr.write(text),
    now: Date.now,
    isTerminal: process.stderr.isTTY,
    columns: Math.min(process.stdout.columns || 80, 120),
  }
}

/** Prints one JSON object and a newline, raw, as scripts expect it. */
export function printJson(io: Io, value: object): void {
  io.out(`${JSON.stringify(value, null, 2)}\n`)
}
