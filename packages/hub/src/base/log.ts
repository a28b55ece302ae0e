export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>

/** Structured log: one JSON object a line. Callers pass counts and identifiers, never contents. */
export interface Log {
  info(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

/** A log that writes lines with time, level and message, for example to standard error. */
export function jsonLog(write: (line: string) => void, now: () => Date = () => new Date()): Log {
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}): void =>
      write(`${JSON.stringify({ time: now().toISOString(), level, message, ...fields })}\n`)
  return { info: at('info'), error: at('error') }
}

export const silentLog: Log = { info: () => undefined, error: () => undefined }
