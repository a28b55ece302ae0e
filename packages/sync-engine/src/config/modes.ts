/** Retention × delivery: whether events are kept, and to what kind of receiver they go (SYNC/T051). */
export interface EventSyncConfig {
  readonly mode: ModeName
  readonly retention: 'keep' | 'discard'
  readonly delivery: 'teamspace' | 'external' | 'none'
}

export type ModeName = 'TEAMSPACE' | 'EXTERNAL_RECEIVER' | 'LOCAL_RETENTION' | 'OPT_OUT'

/** The four presets; `sync mode` offers exactly these (SYNC/FR-006). */
export const MODES: Readonly<Record<ModeName, EventSyncConfig>> = {
  TEAMSPACE: { mode: 'TEAMSPACE', retention: 'keep', delivery: 'teamspace' },
  EXTERNAL_RECEIVER: { mode: 'EXTERNAL_RECEIVER', retention: 'keep', delivery: 'external' },
  LOCAL_RETENTION: { mode: 'LOCAL_RETENTION', retention: 'keep', delivery: 'none' },
  OPT_OUT: { mode: 'OPT_OUT', retention: 'discard', delivery: 'none' },
}

/** A mode by its name in any case, `TRASH` being an alias of `OPT_OUT`; undefined if there is none. */
export function modeNamed(text: string): EventSyncConfig | undefined {
  const name = text.trim().toUpperCase().replaceAll('-', '_')
  if (name === 'TRASH') return MODES.OPT_OUT
  return Object.hasOwn(MODES, name) ? MODES[name as ModeName] : undefined
}
