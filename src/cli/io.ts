import { surviveClosedOutput } from './closed-output.ts'

/** The edges of the program: everything it reads from and writes to the outside passes here. */
export interface Io {
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

/** The edges of a real process. */
export function processIo(): Io {
  surviveClosedOutput()
  return {
    env: process.env,
    cwd: process.cwd(),
    program: process.argv[1] ?? process.execPath,
    out: (text) => process.stdout.write(text),
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
