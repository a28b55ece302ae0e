import { redact } from './redact.ts'

/**
 * Makes a text of another program fit for a public comment: no secret, no mention or cross-reference
 * that notifies people, no link, no HTML, no control sequence, no local path, at most `longest`
 * characters in one line. Pure but for the secrets that this process holds.
 */
export function publicText(text: string, longest = 300): string {
  return escapeMarkdown(withoutPrivate(text), longest)
}

/**
 * {@link publicText} as a code span, for values that a reader copies: digests, versions, paths. Nothing
 * is escaped in a code span, and GitHub neither links nor notifies from one.
 */
export function publicCode(text: string, longest = 300): string {
  const plain = bounded(withoutPrivate(text), longest).replaceAll('`', "'").trim()
  return plain === '' ? 'empty' : `\`${plain.replaceAll('|', '¦')}\``
}

/**
 * A document of another program as a block of code, whole, because its reader compares it. Only texts
 * in it that hold a secret or a local path are changed.
 */
export function publicJson(value: unknown): string {
  const text = JSON.stringify(value, (_, inner: unknown) => publicValue(inner), 2).replace(
    // Not a line break: those are the layout of the block.
    /[<>]|(?!\n)[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]/gu,
    (found) => found.replace(/[^]/g, codeUnit),
  )
  return `\`\`\`json\n${redact(text)}\n\`\`\``
}

function publicValue(value: unknown): unknown {
  if (typeof value !== 'string') return value
  const clean = withoutPrivate(value)
  return clean === withoutControls(value) ? value : clean
}

function codeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/**
 * One line of plain text in GitHub's Markdown: no mention, no reference, no link, no HTML, no control
 * sequence.
 *
 * @param longest in characters, before they are escaped
 */
export function escapeMarkdown(text: string, longest = 2_000): string {
  return (
    bounded(withoutControls(text), longest)
      // Mentions, references and bare addresses are looked for in the rendered text, where an escaped
      // character is itself again; a space without width keeps them apart.
      .replaceAll(/[@#]|:(?=\/\/)|\b(?:GH|www)(?=[-.])|(?:mailto|xmpp)(?=:)/gi, '$&\u200B')
      .replaceAll(/[\\`*_{}[\]<>|~&!()^$]/g, (character) => `&#${character.charCodeAt(0)};`)
  )
}

/** Without secrets and local paths. Twice, because a control sequence may have divided a secret. */
function withoutPrivate(text: string): string {
  const clean = redact(withoutControls(redact(text)))
  return clean.replace(/\bfile:\/+[^\s"'<>]*/giu, shortPath).replace(localPath, shortPath)
}

/** A part of a path, with spaces inside of it. */
const part = String.raw`[^\s/\\:"'<>|*?;,]+(?: +[^\s/\\:"'<>|*?;,]+)*`
const separated = String.raw`(?:/|\\+)${part}`
const localPath = new RegExp(
  [
    String.raw`(?<![\p{L}\p{N}_/~])~[\w.-]*(?:${separated})+`,
    String.raw`(?<![\p{L}\p{N}_/])(?:[A-Za-z]:)?(?:${separated}){2,}`,
  ].join('|'),
  'giu',
)

/** The last part of a path says what it is; the rest is the operator's machine. */
function shortPath(path: string): string {
  return `…/${path.split(/[/\\]/).at(-1) ?? ''}`
}

/** Terminal sequences, control and format characters (text direction among them), line breaks. */
function withoutControls(text: string): string {
  return text
    .toWellFormed()
    .replace(/\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|.)/g, '')
    .replace(/\s+/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}]/gu, '')
    .trim()
}

function bounded(text: string, longest: number): string {
  return text.length <= longest
    ? text
    : `${text.slice(0, longest - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}
