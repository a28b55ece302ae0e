const [QUOTE, BACKSLASH] = [34, 92]
const [BEGIN_LIST, END_LIST, BEGIN_OBJECT, END_OBJECT] = [91, 93, 123, 125]

/** Whether a JSON text has objects and lists inside of each other deeper than this. Linear in time. */
export function isDeeperThan(text: string, most: number): boolean {
  // Each level takes two characters.
  if (text.length < 2 * most) return false
  let depth = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfString(text, at)
    else if (code === BEGIN_LIST || code === BEGIN_OBJECT) {
      depth += 1
      if (depth > most) return true
    } else if (code === END_LIST || code === END_OBJECT) depth -= 1
  }
  return false
}

/** The position of the quote that ends the string, or the end of the text. */
export function endOfString(text: string, from: number): number {
  for (let quote = text.indexOf('"', from + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0
    while (text.charCodeAt(quote - 1 - backslashes) === BACKSLASH) backslashes += 1
    if (backslashes % 2 === 0) return quote
  }
  return text.length
}
