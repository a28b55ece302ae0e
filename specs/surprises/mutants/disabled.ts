import { registerHooks } from 'node:module'

/**
 * Loaded with `--import`: one module is read with one check disabled. Nothing is written, so mutants can be
 * played side by side.
 */
const { url, start, end, text } = JSON.parse(process.env['DISABLED_CHECK'] ?? '{}') as {
  readonly url: string
  readonly start: number
  readonly end: number
  readonly text: string
}

registerHooks({
  load(loaded, context, nextLoad) {
    const result = nextLoad(loaded, context)
    if (loaded !== url || result.source === undefined) return result
    const source =
      typeof result.source === 'string'
        ? result.source
        : Buffer.from(result.source as Uint8Array).toString('utf8')
    return { ...result, source: source.slice(0, start) + text + source.slice(end) }
  },
})
