import type { Gate } from '@canary-gate/gate-kernel'

/**
 * The one gate that a run of Vitest follows: that whose folder the command line names, as in
 * `vitest run release`, else the first. The others are not part of the run, so that a word of one does
 * not select a file of another.
 *
 * @param words the command line after `vitest`
 */
export function gateNamed<Known extends Pick<Gate, 'folder'>>(
  gates: readonly [Known, ...Known[]],
  words: readonly string[] = process.argv.slice(2),
): Known {
  const [, filter] = words.filter((word) => !word.startsWith('-'))
  return gates.find(({ folder }) => folder === filter) ?? gates[0]
}
