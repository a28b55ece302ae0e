/**
 * Whether a page has a next one, by its `link` header (RFC 8288): a list of `<address>; rel=relation`, where
 * the relation may be quoted, one of several, and in any case.
 *
 * @returns undefined without a header; `unreadable` where it names no relation of any page
 */
export function nextPageOf(link: string | undefined): boolean | undefined | 'unreadable' {
  if (link === undefined || link.trim() === '') return undefined
  const relations = [...link.matchAll(relation)].flatMap(([, quoted, bare]) =>
    (quoted ?? bare ?? '').toLowerCase().split(/\s+/),
  )
  return relations.some((one) => one !== '') ? relations.includes('next') : 'unreadable'
}

/** The parameter `rel` behind an address; other parameters and other addresses are stepped over as they are. */
const relation =
  /(?<=<[^<>]*>(?:\s*;\s*[\w*-]+\s*=\s*(?:"[^"]*"|[^\s",;]+))*\s*;\s*)rel\s*=\s*(?:"([^"]*)"|([^\s",;]+))/gi
