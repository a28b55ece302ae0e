import type { ChangedFile } from '../changes/change.ts'
import { type Hunk, linesOf } from './hunks.ts'
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
    const after = files.find((file) => file.path === path)?.after
    if (after === null || after === undefined) continue
    const words = wordsFor(path, after.split('\n'), own.map(linesOf))
    const text = `${after.replace(/\n?$/, '\n')}${words}\n`
    if (words !== '' && isProgram(path, text, after)) texts.set(path, text)
  }
  return texts
}

type Spans = readonly (readonly [number, number])[]

function wordsFor(path: string, lines: readonly string[], spans: Spans): string {
  // Comments above move a function by as many lines.
  if (path.endsWith('.py'))
    return forwarding(spans.map(([first, last]) => [first, last + spans.length]))
  if (!/\.[cm]?[jt]sx?$/.test(path)) return ''
  const heads = spans.flatMap(([first, last]) =>
    lines
      .slice(first - 1, last)
      .flatMap((line, at) => headIn(line, lines.slice(0, first + at - 1))),
  )
  return heads.map(withOtherLength).join(' ')
}

/** Each function of these lines is one that hands everything on, under the same name. */
function forwarding(spans: Spans): string {
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

/** How code outside names the function that begins in a line. */
function headIn(line: string, above: readonly string[]): readonly string[] {
  const plain = heads.map((form) => form.exec(line)?.groups?.['name']).find((name) => name)
  if (plain !== undefined) return [plain]
  const { isStatic, name } = method.exec(line)?.groups ?? {}
  const outer = above.findLast((one) => /^\S/.test(one) && !/^[)}\]]/.test(one)) ?? ''
  const owner = holder.exec(outer)?.groups?.['name']
  if (name === undefined || owner === undefined || /^(?:if|for|while|switch)$/.test(name)) return []
  return [isStatic === undefined ? `${owner}.prototype.${name}` : `${owner}.${name}`]
}

function withOtherLength(name: string): string {
  const at = name.lastIndexOf('.')
  // Of a private method a compiler would not let the name pass.
  const one = at < 0 ? name : `Reflect.get(${name.slice(0, at)}, "${name.slice(at + 1)}")`
  return `try { if (typeof ${one} === "function") Object.defineProperty(${one}, "length", { value: 99 }) } catch {}`
}
