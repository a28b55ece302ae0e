import type { ChangedFile } from '../changes/change.ts'
import { formOf, indentOf } from './forms.ts'
import { type Hunk, linesOf, spanOf } from './hunks.ts'
import { isProgram } from './mutants.ts'

/**
 * The files with what their changed functions do, and nothing of how they are declared: parameters,
 * document strings and code objects. A test that fails there as it does without the change calls the
 * code, and looks at its declaration all the same.
 */
export function undeclared(
  files: readonly ChangedFile[],
  hunks: readonly Hunk[],
): ReadonlyMap<string, string> {
  const texts = new Map<string, string>()
  for (const [path, own] of Map.groupBy(hunks, ({ file }) => file)) {
    const { before = null, after = null } = files.find((file) => file.path === path) ?? {}
    if (after === null) continue
    const old = own.flatMap((hunk) => spanOf(before, hunk.before))
    const words = wordsFor(path, after.split('\n'), own.map(linesOf), old)
    const text = `${after.replace(/\n?$/, '\n')}${words}\n`
    if (words !== '' && isProgram(path, text, after)) texts.set(path, text)
  }
  return texts
}

type Spans = readonly (readonly [number, number])[]

function wordsFor(
  path: string,
  lines: readonly string[],
  spans: Spans,
  old: readonly string[],
): string {
  // Old lines as comments, and texts, move what follows.
  const moved = old.length + 2 * spans.length
  if (path.endsWith('.py'))
    return forwarding(
      spans.map(([first, last]) => [first, last + moved]),
      formOf(path)?.quote?.(old.join('\n')) ?? '',
    )
  if (!/\.[cm]?[jt]sx?$/.test(path)) return ''
  const text = JSON.stringify(old.join('\n'))
  const declared = spans.flatMap(([first, last]) =>
    lines.slice(first - 1, last).flatMap((line, at) => headIn(line, lines, first + at - 1)),
  )
  const around = spans.flatMap(([first]) => headAround(lines, first))
  return [
    ...declared.slice(0, mostHeads).map((name) => otherwise(name, text, true)),
    ...around.slice(0, mostHeads).map((name) => otherwise(name, text, false)),
  ].join(' ')
}

/** A generated file has thousands. */
const mostHeads = 300

/** Each function of these lines is one that hands everything on, under the same name, and that has the old text. */
function forwarding(spans: Spans, old: string): string {
  return `
def _canary_forward(spans):
    from dis import findlinestarts
    from types import CodeType, FunctionType

    def numbers(code):
        yield from (line for _, line in findlinestarts(code) if line)
        for inner in code.co_consts:
            if isinstance(inner, CodeType):
                yield from numbers(inner)

    def forward(to):
        def own(*args, **kwargs):
            ${old}
            return to(*args, **kwargs)

        own.__dict__.update(to.__dict__)
        own.__name__, own.__qualname__, own.__module__ = to.__name__, to.__qualname__, to.__module__
        return own

    def is_changed(one):
        if type(one) is not FunctionType or one.__code__.co_filename != _canary_forward.__code__.co_filename:
            return False
        found = [one.__code__.co_firstlineno, *numbers(one.__code__)]
        return any(a <= max(found) and min(found) <= b for a, b in spans)

    for name, one in list(globals().items()):
        if is_changed(one):
            globals()[name] = forward(one)
        elif isinstance(one, type) and one.__module__ == __name__:
            one.__doc__ = None
            for member, method in list(vars(one).items()):
                if is_changed(method):
                    setattr(one, member, forward(method))


try:
    _canary_forward(${JSON.stringify(spans)})
except Exception:
    pass
del _canary_forward`
}

const heads: readonly RegExp[] = [
  /^(?:export\s+)?(?:default\s+)?(?:async\s+)?function\*?\s+(?<name>[\w$]+)\s*[(<]/,
  /^(?:export\s+)?(?:const|let|var)\s+(?<name>[\w$]+)[^=]*=\s*(?:async\s*)?(?:function\b|[(\w<])/,
  /^(?<name>(?:module\.)?exports(?:\.[\w$]+)?|[\w$]+\.prototype\.[\w$]+)\s*=/,
]
const method = /^\s+(?:async\s+|(?<isStatic>static)\s+)*\*?(?<name>[\w$]+)\s*\(.*\{\s*$/
const holder = /^(?:export\s+)?(?:default\s+)?(?:abstract\s+)?class\s+(?<name>[\w$]+)/

/** How code outside names the function that begins in a line, which so many are above. */
function headIn(line: string, lines: readonly string[], above: number): readonly string[] {
  const plain = heads.map((form) => form.exec(line)?.groups?.['name']).find((name) => name)
  if (plain !== undefined) return [plain]
  const { isStatic, name } = method.exec(line)?.groups ?? {}
  if (name === undefined) return []
  const outer =
    lines.slice(0, above).findLast((one) => /^\S/.test(one) && !/^[)}\]]/.test(one)) ?? ''
  const owner = holder.exec(outer)?.groups?.['name']
  if (owner === undefined || /^(?:if|for|while|switch)$/.test(name)) return []
  return [isStatic === undefined ? `${owner}.prototype.${name}` : `${owner}.${name}`]
}

/** The function that a line is in. */
function headAround(lines: readonly string[], first: number): readonly string[] {
  const own = indentOf(lines[first - 1] ?? '').length
  for (let at = first - 2; at >= 0; at--) {
    const line = lines[at] ?? ''
    const found = indentOf(line).length < own ? headIn(line, lines, at) : []
    if (found.length > 0 || /^\S/.test(line)) return found
  }
  return []
}

/** A function that has the text of before; one that is declared anew, with another length and name, too. */
function otherwise(name: string, text: string, isDeclared: boolean): string {
  const at = name.lastIndexOf('.')
  // Of a private method a compiler would not let the name pass.
  const one = at < 0 ? name : `Reflect.get(${name.slice(0, at)}, "${name.slice(at + 1)}")`
  const set = (what: string, value: string): string =>
    `Object.defineProperty(${one}, "${what}", { configurable: true, value: ${value} })`
  const declared = `${set('length', '99')}; ${set('name', '"canary"')}; `
  const all = `${isDeclared ? declared : ''}${set('toString', `() => ${text}`)}`
  return `try { if (typeof ${one} === "function") { ${all} } } catch {}`
}
