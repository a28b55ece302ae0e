/**
 * Text that is safe in HTML. Only {@link html} makes it: whatever is put into a template is escaped
 * unless it is such text itself, so foreign text cannot become markup by being forgotten.
 */
export class Html {
  readonly text: string

  /** Use {@link html}; this is for text that this package itself has made safe. */
  constructor(text: string) {
    this.text = text
  }
}

type Part = Html | string | number | undefined | readonly (Html | string | number | undefined)[]

/** A template of HTML: `html\`<p>${text}</p>\``. Lists are joined; undefined is nothing. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const text = strings.map((markup, index) => markup + render(parts[index])).join('')
  return new Html(text)
}

function render(part: Part): string {
  if (part === undefined) return ''
  if (part instanceof Html) return part.text
  if (typeof part === 'object') return part.map(render).join('\n')
  return escapeHtml(String(part))
}

/** For content and for attribute values in double quotes. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character)
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** A link, if the address is one that a page may lead to; otherwise only its text. */
export function link(address: string, text: string): Html {
  const isSafe =
    /^https?:\/\//.test(address) || /^(?:\.{0,2}\/)?[\w.-]+(?:\/[\w.@+-]+)*$/.test(address)
  return isSafe ? html`<a href="${address}">${text}</a>` : html`${text}`
}
