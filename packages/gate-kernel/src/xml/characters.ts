/** XML has no way to write most control characters: a reader would refuse the whole document. */
export function allowedInXml(text: string): string {
  return text.replaceAll(
    /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu,
    '\u{FFFD}',
  )
}
