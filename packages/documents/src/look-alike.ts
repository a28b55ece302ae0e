/** Letters of other alphabets that look like Latin ones, and what they look like. */
const looksLatin: Readonly<Record<string, string>> = Object.fromEntries([
  ...pairs('аӓеѕіїјӏорсухԁһԛԝѵκορνιτυχαεγ', 'aaesiijlopcyxdhqwvkopvituxaey'),
  ...pairs('вмнткгпьᴀʀꜱıɑɡոս', 'bmhtkrnbarsiagnu'),
])

function pairs(from: string, to: string): [string, string][] {
  const letters = Array.from(to)
  return Array.from(from, (letter, index) => [letter, letters[index] ?? letter])
}

/** One spelling for all texts that a reader would take for the same word. */
export function looksLike(text: string): string {
  const plain = text.normalize('NFKC').toLowerCase()
  // Zero-width characters, soft hyphens, variation selectors and other marks that print nothing.
  const visible = plain.replace(/[\p{Cf}\p{Mn}\p{Cc}\p{Zs}]/gu, '')
  return Array.from(visible, (letter) => looksLatin[letter] ?? letter).join('')
}
