import type { ChangedFile } from '../changes/change.ts'
import type { Unit } from '../syntax/language.ts'
import { languageOf } from '../syntax/languages.ts'
import { probeWord } from './forms.ts'

/**
 * Statements that put something under each name that a change brings into a file: an error for what is
 * called, and a value that nothing else is. A test that comes further with them asks for the name alone.
 */
export function standIns({ path, before, after }: ChangedFile): string {
  const old = new Set(unitsIn(path, before).map(({ name }) => name))
  const brought = unitsIn(path, after).filter(
    ({ name, kind }) => kind !== 'module' && name !== '' && !old.has(name),
  )
  const statements = path.endsWith('.py')
    ? [...brought.map(inPython), ...listInPython(path, before, after)]
    : [...brought.map((unit) => inJavascript(path, unit, after ?? '')), listed(before, after)]
  return statements.filter((text) => text !== '').join('\n')
}

function unitsIn(path: string, text: string | null): readonly Unit[] {
  const language = languageOf(path)
  return language === null || text === null ? [] : language.units(language.parse(text))
}

function inPython({ name, kind }: Unit): string {
  const error = `def own(*_, **__): raise BaseException("${probeWord}")`
  const value = kind === 'class' ? 'type("own", (), {})' : kind === 'constant' ? 'object()' : 'own'
  return `try:\n    ${error}\n    ${name} = ${value}\nexcept Exception: pass`
}

/** The names that a Python module says to hand out. */
function listInPython(path: string, before: string | null, after: string | null): string[] {
  const [old, now] = [before, after].map((text) => {
    const list = unitsIn(path, text).find(({ name }) => name === '__all__')
    return list === undefined ? '' : (text ?? '').slice(list.from, list.to)
  })
  return now === undefined || now === old ? [] : [now]
}

const stops = `(() => { throw new Error("${probeWord}") })`

function inJavascript(path: string, { name, kind, from, to }: Unit, source: string): string {
  const value = kind === 'class' ? '(class {})' : kind === 'constant' ? 'Symbol("canary")' : stops
  const text = source.slice(from, to)
  const owner = name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : null
  const own = name.slice(name.lastIndexOf('.') + 1)
  if (owner !== null) {
    const place = /^\s*static\b/.test(text) ? owner : `${owner}.prototype ?? ${owner}`
    return `try { Reflect.set(${place}, ${JSON.stringify(own)}, ${value}) } catch {}`
  }
  if (/^(?:module\.)?exports\b/.test(text)) return onExports(own, value)
  const head = source.slice(source.lastIndexOf('\n', from - 1) + 1, from) + text
  const any = /\.[cm]?tsx?$/.test(path) ? ': any' : ''
  return /^export (?!default)/.test(head) ? `export const ${own}${any} = ${value}` : ''
}

function onExports(name: string, value: string): string {
  return `try { Reflect.set(module.exports, ${JSON.stringify(name)}, ${value}) } catch {}`
}

/** What a list of names at the end of a module hands out anew. */
function listed(before: string | null, after: string | null): string {
  const names = (text: string | null): readonly string[] => {
    const list = /^module\.exports\s*=\s*\{(?<names>[^{}]*)\}/m.exec(text ?? '')?.groups?.['names']
    return (list ?? '').match(/[A-Za-z_$][\w$]*(?=\s*(?:[,:}]|$))/gm) ?? []
  }
  const old = new Set(names(before))
  return names(after)
    .filter((name) => !old.has(name))
    .map((name) => onExports(name, stops))
    .join('\n')
}
