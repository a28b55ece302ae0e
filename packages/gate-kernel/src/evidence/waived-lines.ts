import type { Evidence } from './run-evidence.ts'

/** What a waived run says first, wherever it is shown: that it is not a release, and who went on. */
export function waivedLines({
  verdict,
  waivers = [],
}: Pick<Evidence, 'verdict' | 'waivers'>): string[] {
  if (verdict !== 'waived') return []
  const lines = waivers.flatMap(({ honoured, waiver }) =>
    !honoured || waiver === null
      ? []
      : [
          `${waiver.requirement} did not pass: ${waiver.who} goes on until ${waiver.until}, for ${waiver.candidate} only, because: ${waiver.reason} (${waiver.issue})`,
        ],
  )
  return ['WAIVED, not a release; nothing was published.', ...lines]
}

/** Waivers that are as if they were not there, with the reason. */
export function refusedWaivers({ waivers = [] }: Pick<Evidence, 'waivers'>): string[] {
  return waivers.flatMap(({ file, honoured, why }) =>
    honoured ? [] : [`the waiver ${file} was not honoured: ${why ?? 'unknown reason'}`],
  )
}
