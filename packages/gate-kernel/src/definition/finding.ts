/** One thing that a run in a configured world will need, as it was found. */
export interface Finding {
  /** What was looked at, by its key in the configuration where it has one. */
  readonly subject: string
  /** `unknown`: could not be judged, and need not stop a run. */
  readonly state: 'present' | 'missing' | 'unknown'
  /** What was seen. */
  readonly seen: string
  /** What to do about it; empty where nothing is missing. */
  readonly next: string
}

export function present(subject: string, seen: string): Finding {
  return { subject, state: 'present', seen, next: '' }
}

export function missing(subject: string, seen: string, next: string): Finding {
  return { subject, state: 'missing', seen, next }
}

export function unknown(subject: string, seen: string, next: string): Finding {
  return { subject, state: 'unknown', seen, next }
}
