/** The word in a probe's error, by which a test that ran into it is known. */
export const probeWord = 'canary-gate-probe'

interface Form {
  readonly name: RegExp
  /** Leaves a mark in a file, which no code of the product can swallow, and stops with an error. */
  stops(mark: string): string
  /** Leaves the mark, and who called, and goes on. */
  readonly passes?: (mark: string) => string
  readonly comment: string
  /** A statement that is nothing but a text, for what reads a file without its comments. */
  readonly quote?: (text: string) => string
}

export const javascript = /\.[cm]?[jt]sx?$/

/** How a language stops with an error, and how it writes a comment. */
const forms: readonly Form[] = [
  {
    name: /\.pyi?$/,
    stops: (mark) =>
      `open(${JSON.stringify(mark)}, "a").close(); raise BaseException("${probeWord}")`,
    comment: '#',
    // Not the first thing in a function: there it would be its document string.
    quote: (text) => `(0, r'''${text.replaceAll("'''", '')} ''')`,
  },
  {
    name: javascript,
    stops: (mark) => `if (globalThis) { ${marks(mark)} throw new Error("${probeWord}"); }`,
    passes: (mark) => `if (globalThis) { ${marks(mark)} }`,
    comment: '//',
    quote: (text) => `;void \`${text.replaceAll(/[\\`$]/g, String.raw`\$&`)}\`;`,
  },
  { name: /\.go$/, stops: () => `panic("${probeWord}")`, comment: '//' },
  { name: /\.rs$/, stops: () => `if true { panic!("${probeWord}"); }`, comment: '//' },
  {
    name: /\.java$/,
    stops: () => `if (true) throw new RuntimeException("${probeWord}");`,
    comment: '//',
  },
]

/**
 * Who called: the stack, which names the test also where the product handles every error. Runners give
 * tests a `process` of their own, and tests replace `node:fs`. A compiler that checks types finds no fault in it.
 */
function marks(mark: string): string {
  const append = `the(globalThis, "process").getBuiltinModule("node:fs").appendFileSync(${JSON.stringify(mark)}, stack + "\\n")`
  const seen = `const seen = the(globalThis, "canaryStacks") ?? new Set(); Reflect.set(globalThis, "canaryStacks", seen);`
  const once = `${seen} if (!seen.has(stack) && seen.size < ${mostStacks}) { seen.add(stack); ${append} }`
  const deep = `Reflect.set(Error, "stackTraceLimit", 100); const { stack } = new Error(); ${once}`
  return `try { const the = Reflect.get; const limit = the(Error, "stackTraceLimit"); try { ${deep} } finally { Reflect.set(Error, "stackTraceLimit", limit) } } catch {}`
}

/** Ways to come to a probe; more are not told apart. */
const mostStacks = 500

export function formOf(path: string): Form | undefined {
  return forms.find(({ name }) => name.test(path))
}

export type Texts = ReadonlyMap<string, string>

export function withBefore(
  lines: readonly string[],
  numbers: readonly number[],
  words: string,
): string {
  return lines
    .flatMap((line, at) =>
      numbers.includes(at + 1) ? [`${indentOf(line)}${words}`, line] : [line],
    )
    .join('\n')
}

export function indentOf(line: string): string {
  return line.slice(0, line.length - line.trimStart().length)
}
