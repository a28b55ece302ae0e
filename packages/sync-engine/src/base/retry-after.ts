/** What a `Retry-After` asks for: seconds or an HTTP date, in milliseconds from now; undefined if it is neither. */
export function retryAfterIn(header: string, nowMs: number): number | undefined {
  if (/^\d+$/.test(header.trim())) return Number(header) * 1_000
  const at = Date.parse(header)
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs)
}
