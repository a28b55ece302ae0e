/** What a mark says where the code that left it went on. */
export const executedWord = 'executed'

/** The word in a probe's error, by which a test that ran into it is known. */
export const probeWord = 'canary-gate-probe'

/** What a constant that is new is called where it only stands for one. */
export const nameWord = 'canary-gate-name'

export interface Form {
  readonly name: RegExp
  /** Leaves a mark in a file, which no code of the product can swallow, and stops with an error. */
  stops(mark: string): string
  /** Leaves the mark, and who called, and goes on. */
  readonly passes?: (mark: string) => string
  readonly comment: string
  /** The error alone, for code that cannot write a file. */
  readonly raises?: () => string
  /** Notes in the mark that it was executed, and goes on. */
  readonly notes?: (mark: string) => string
  /** The file with what these statements need; no line gets another number. */
  readonly imports?: (source: string) => string
  /** A statement that is nothing but a text, for what reads a file without its comments. */
  readonly quote?: (text: string) => string
  /** Whether the quote is a declaration, too, and may be at the end of a file. */
  readonly isDeclared?: boolean
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
  foreign(/\.go$/, {
    raises: () => `panic("${probeWord}");`,
    notes: (mark) =>
      `if own, err := canaryos.Create(${JSON.stringify(mark)}); err == nil { own.WriteString("${executedWord}"); own.Close() };`,
    imports: (source) =>
      source.includes('canaryos.')
        ? source.replace(/^package[^\S\n]+\w+/m, '$&; import canaryos "os"')
        : source,
    quote: (text) => `var _ = \`${text.replaceAll('`', '')}\`;`,
  }),
  foreign(/\.rs$/, {
    raises: () => `if true { panic!("${probeWord}"); }`,
    notes: (mark) => `let _ = ::std::fs::write(${JSON.stringify(mark)}, "${executedWord}");`,
    quote: (text) => `const _: &str = r##"${text.replaceAll('##', '')}"##;`,
  }),
  foreign(/\.java$/, {
    raises: () => `if (true) throw new RuntimeException("${probeWord}");`,
    notes: (mark) =>
      `try { java.nio.file.Files.write(java.nio.file.Paths.get(${JSON.stringify(mark)}), "${executedWord}".getBytes()); } catch (Exception canary) { }`,
    quote: (text) => `${JSON.stringify(text)}.isEmpty();`,
    isDeclared: false,
  }),
]

/** A language that is not parsed here: its error leaves the mark, too. */
function foreign(
  name: RegExp,
  form: Required<Pick<Form, 'raises' | 'notes' | 'quote'>> & Pick<Form, 'imports' | 'isDeclared'>,
): Form {
  return { ...form, name, stops: (mark) => `${form.notes(mark)} ${form.raises()}`, comment: '//' }
}

/**
 * Who called: the stack, which names the test also where the product handles every error. Runners give
 * tests a `process` of their own, and tests replace `node:fs`. A compiler that checks types finds no fault in it.
 */
export function marks(mark: string): string {
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
