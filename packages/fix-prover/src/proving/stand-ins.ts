import type { ChangedFile } from '../changes/change.ts'
import type { Unit } from '../syntax/language.ts'
import { languageOf } from '../syntax/languages.ts'
import { formOf, marks, nameWord, probeWord } from './forms.ts'
import { isProgram } from './mutants.ts'

interface StandIns {
  /** File in which what is called notes who called it: without the change only a test can know its name. */
  readonly mark: string
  /** Names that the change removes: what is inherited then stays as it is. */
  readonly areGone?: boolean
}

/**
 * A text of a file with something under each name that the change brings into it: an error for what is
 * called, and a value that nothing else is. A test that comes further with them asks for the name alone.
 *
 * @returns null where the change brings no name, or its place is not known
 */
export function withStandIns(file: ChangedFile, text: string, how: StandIns): string | null {
  const { path } = file
  const functions = functionsOf(path, file)
  if (functions !== null) {
    // A condition around the error would ask for a value behind it.
    const error = formOf(path)?.raises?.().replace('if (true) ', '') ?? ''
    const own = functions.map((head) => `${head} { ${error} }`).join('\n')
    const end = path.endsWith('.java') ? text.lastIndexOf('}') : text.length
    const isPlace = functions.length > 0 && end >= 0
    return isPlace ? `${text.slice(0, end)}\n${own}\n${text.slice(end)}` : null
  }
  const more = standIns(file, how)
  const named = `${text.replace(/\n?$/, '\n')}${more}`
  return more !== '' && isProgram(path, named, text) ? named : null
}

/**
 * The file with the change, and something under each name that the change removes: a test that fails there as
 * before only asks for the name to be gone. What is inherited, or comes from elsewhere, stays as it is.
 */
export function withGoneNames({ path, before, after }: ChangedFile, text: string): string {
  if (before === null || after === null) return text
  const own = withStandIns({ path, role: 'product', before: after, after: before }, text, gone)
  return own ?? text
}

const gone = { mark: '/dev/null', areGone: true } as const

/** The same, where what is called does nothing at all: a test that passes with it asks for no more than names. */
export function idle(text: string): string {
  return text.replaceAll(errors, 'return')
}

const errors = new RegExp(`(?:raise BaseException|throw new Error)\\("${probeWord}"\\)`, 'g')

/** Heads of functions that are new in a file of Go or Java; null for other languages. In Rust no test asks for names. */
function functionsOf(path: string, { before, after }: ChangedFile): readonly string[] | null {
  const form = path.endsWith('.go') ? goFunction : path.endsWith('.java') ? javaMethod : null
  if (form === null || before === null) return form === null ? null : []
  const headsIn = (text: string | null): string[] =>
    [...(text ?? '').matchAll(form)].map(({ 1: head = '' }) => head.trim())
  // In Java several methods have one name.
  const keyOf = (head: string): string =>
    path.endsWith('.go') ? (/^func (?:\([^)]*\)\s*)?\w+/.exec(head)?.[0] ?? head) : head
  const old = new Set(headsIn(before).map(keyOf))
  return headsIn(after).filter((head) => !old.has(keyOf(head)))
}

const goFunction = /^(func .*?)[^\S\n]*\{(?:[^\S\n]*|.*\})$/gm
const javaMethod =
  /^([^\S\n]+(?:(?:public|protected|private|static|final|synchronized|default)\s+)+[\w<>[\]?,. ]*?\w+\([^(){};]*\)(?:\s*throws [\w., ]+)?)\s*\{/gm

function standIns({ path, before, after }: ChangedFile, how: StandIns): string {
  const old = new Set(unitsIn(path, before).map(({ name }) => name))
  const brought = unitsIn(path, after).filter(
    ({ name, kind }) => kind !== 'module' && name !== '' && !old.has(name),
  )
  const statements = path.endsWith('.py')
    ? [
        ...brought.map((unit) => inPython(unit, after ?? '', how)),
        ...listInPython(path, before, after),
      ]
    : inJavascriptFile(path, brought, before, after ?? '', how)
  return statements.filter((text) => text !== '').join('\n')
}

function unitsIn(path: string, text: string | null): readonly Unit[] {
  const language = languageOf(path)
  return language === null || text === null ? [] : language.units(language.parse(text))
}

function inPython(
  { name, kind, from, to }: Unit,
  source: string,
  { mark, areGone = false }: StandIns,
): string {
  // What does nothing by itself, as an override may, is not to do nothing instead.
  const isIdle = /:\s*(?:pass|\.\.\.|return(?: None)?)\s*$/.test(source.slice(from, to))
  const own = name.slice(name.lastIndexOf('.') + 1)
  const value =
    kind === 'class' ? 'type("own", (), {})' : kind === 'constant' ? 'object()' : '_canary_own'
  const word = JSON.stringify(own)
  const owner = own === name ? null : name.slice(0, name.lastIndexOf('.'))
  const inside = areGone ? `dir(${owner ?? ''})` : `${owner ?? ''}.__dict__`
  const absent = `${word} not in ${owner === null ? 'globals()' : inside}`
  // Of what is inherited there was something to call, and Python itself calls `__eq__`.
  const isNew =
    owner === null ? 'True' : own.startsWith('__') ? 'False' : `${word} not in dir(${owner})`
  return `try:
    def _canary_own(*_, _is_new=${isNew}, **__):
        if _is_new:${callersInPython(mark)}
        raise BaseException("${probeWord}"${isIdle ? ',' : ''})
    _canary_own.__name__ = ${word}
    if ${absent}: ${name} = ${value}
except Exception: pass
globals().pop("_canary_own", None)`
}

/** The stack, as JavaScript writes one. */
function callersInPython(mark: string): string {
  return `
            at = __import__("sys")._getframe(0)
            with open(${JSON.stringify(mark)}, "a") as out:
                out.write("Error\\n")
                while at:
                    out.write("    at (%s:%d:1)\\n" % (at.f_code.co_filename, at.f_lineno))
                    at = at.f_back`
}

/** The names that a Python module says to hand out. */
function listInPython(path: string, before: string | null, after: string | null): string[] {
  const [old, now] = [before, after].map((text) => {
    const list = unitsIn(path, text).find(({ name }) => name === '__all__')
    return list === undefined ? '' : (text ?? '').slice(list.from, list.to)
  })
  return now === undefined || now === old ? [] : [now]
}

/** The error seems to come out of what called: a test that calls it itself asks for the name. */
const stops = (mark: string): string =>
  `(function own() { ${marks(mark)} try { throw new Error("${probeWord}") } catch (error) { Reflect.get(Error, "captureStackTrace").call(Error, error, own); throw error } })`
/** Of what is inherited, there was something to call. */
const stopsOver = `(() => { throw new Error("${probeWord}") })`

function inJavascriptFile(
  path: string,
  brought: readonly Unit[],
  before: string | null,
  after: string,
  { mark, areGone = false }: StandIns,
): readonly string[] {
  const own = { call: stops(mark), areGone }
  const whole = areGone ? '' : byDefault(before, after, own.call)
  const members = brought.map((unit) => inJavascript(path, unit, after, own))
  return [...members, listed(before, after, own.call), whole]
}

/** What is called under a name, and whether that goes only where nothing else is. */
interface Call {
  readonly call: string
  readonly areGone: boolean
}

function inJavascript(
  path: string,
  { name, kind, from, to }: Unit,
  source: string,
  own: Call,
): string {
  const value =
    kind === 'class' ? '(class {})' : kind === 'constant' ? `Symbol("${nameWord}")` : own.call
  const text = source.slice(from, to)
  const owner = name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : null
  const last = name.slice(name.lastIndexOf('.') + 1)
  if (owner !== null) {
    const place = /^\s*static\b/.test(text) ? owner : `(${owner}.prototype ?? ${owner})`
    const word = JSON.stringify(last)
    return set(
      place,
      last,
      own.areGone ? value : `${word} in ${place} ? ${stopsOver} : ${value}`,
      own,
    )
  }
  if (/^(?:module\.)?exports\b/.test(text)) return onExports(last, value)
  const head = source.slice(source.lastIndexOf('\n', from - 1) + 1, from) + text
  const any = /\.[cm]?tsx?$/.test(path) ? ': any' : ''
  return /^export (?!default)/.test(head) ? `export const ${last}${any} = ${value}` : ''
}

function set(
  place: string,
  name: string,
  value: string,
  { areGone }: Pick<Call, 'areGone'>,
): string {
  const word = JSON.stringify(name)
  const absent = areGone ? `if (!(${word} in ${place})) ` : ''
  return `try { ${absent}Reflect.set(${place}, ${word}, ${value}) } catch {}`
}

/** What is handed out by way of another module is there already. */
function onExports(name: string, value: string): string {
  return set('module.exports', name, value, { areGone: true })
}

/** What a module hands out as a whole. */
function byDefault(before: string | null, after: string | null, call: string): string {
  const form = /^(?:export default|module\.exports =)(?= )(?! *\{)(?<isClass> class\b)?/m
  const found = form.exec(after ?? '')
  if (found === null || form.test(before ?? '')) return ''
  return `${found[0].replace(' class', '')} ${found.groups?.['isClass'] === undefined ? call : '(class {})'}`
}

/** What a list of names at the end of a module hands out anew. */
function listed(before: string | null, after: string | null, call: string): string {
  const names = (text: string | null): readonly string[] => {
    const list = /^module\.exports\s*=\s*\{(?<names>[^{}]*)\}/m.exec(text ?? '')?.groups?.['names']
    return (list ?? '').match(/[A-Za-z_$][\w$]*(?=\s*(?:[,:}]|$))/gm) ?? []
  }
  const old = new Set(names(before))
  return names(after)
    .filter((name) => !old.has(name))
    .map((name) => onExports(name, call))
    .join('\n')
}
