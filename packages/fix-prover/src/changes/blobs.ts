import { askGit } from '@canary-gate/programs'

/**
 * Reads blobs by their hash with one git process. Binary content (a NUL byte) is left out: nothing
 * here can read it.
 */
export async function readBlobs(
  repo: string,
  oids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const wanted = [...new Set(oids)].filter((oid) => oid !== '' && !/^0+$/.test(oid))
  const texts = new Map<string, string>()
  if (wanted.length === 0) return texts
  const answer = await askGit(repo, ['cat-file', '--batch'], `${wanted.join('\n')}\n`)
  if (!answer.ok) return texts
  for (let at = 0; at < answer.stdout.length;) {
    const headerEnd = answer.stdout.indexOf(10, at)
    const [oid = '', kind, size] = answer.stdout.toString('utf8', at, headerEnd).split(' ')
    at = headerEnd + 1
    if (kind !== 'blob' || size === undefined) continue
    const bytes = answer.stdout.subarray(at, at + Number(size))
    if (!bytes.includes(0)) texts.set(oid, bytes.toString('utf8'))
    at += Number(size) + 1
  }
  return texts
}
