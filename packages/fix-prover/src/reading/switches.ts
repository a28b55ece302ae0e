import { askGit } from '@canary-gate/programs'
import { roleOf } from '../changes/paths.ts'
import { common, dotted, type Node, walk } from '../syntax/node.ts'
import type { Pair } from './files.ts'
import { nameOf, suppliesIn, type Supply } from './supplies.ts'

/**
 * Names that are new to product code, that its changed functions ask for, and that only tests switch
 * on: a flag that is off, an option or a field that nobody else gives, a variable of the environment,
 * a hook that is empty. What is proven with them on says nothing of what users get.
 */
export async function switchesOf(
  { repo, base }: { readonly repo: string; readonly base: string },
  pairs: readonly Pair[],
  tests: readonly Node[],
): Promise<readonly string[]> {
  const cores = pairs.flatMap(({ after }) => (after === null ? [] : [after.core]))
  const asked = new Set(cores.flatMap(mentionsIn))
  const given = cores.flatMap(suppliesIn)
  const isOff = ({ name, value, isVariable }: Supply): boolean => {
    const own = given.filter((supply) => supply.name === name)
    if (own.some((supply) => !isOffValue(supply))) return false
    return isOn(value) || isVariable || own.some((supply) => isNothing(supply.value))
  }
  const candidates = tests.flatMap(suppliesIn).filter(({ name }) => asked.has(name))
  const names = [...new Set(candidates.filter(isOff).map(({ name }) => name))]
  const known = await namesBefore(repo, base, names)
  return [...names.filter((name) => !known.has(name)), ...extraParameters(pairs, cores, tests)]
}

function isOn({ text }: Node): boolean {
  return /^(?:true|1|["'](?:1|true|on|yes)["'])$/i.test(text)
}

function isOffValue({ value: { text, children } }: Supply): boolean {
  return children.length === 0 && /^(?:false|0|none|null|undefined|["']{2}|["']0["'])$/i.test(text)
}

function isNothing({ text }: Node): boolean {
  return /^(?:none|null|undefined)$/i.test(text)
}

function mentionsIn(tree: Node): readonly string[] {
  return [...walk(tree)].map(nameOf).filter((name) => name !== '')
}

/** Of some names, those that product code had before the change. */
async function namesBefore(
  repo: string,
  base: string,
  names: readonly string[],
): Promise<ReadonlySet<string>> {
  const plain = names.filter((name) => /^[\w$]+$/.test(name))
  if (plain.length === 0) return new Set()
  const patterns = plain.flatMap((name) => ['-e', name])
  const answer = await askGit(repo, ['grep', '-I', '-z', '-o', '-w', '-F', ...patterns, base])
  const lines = answer.ok ? answer.stdout.toString('utf8').split('\n') : []
  return new Set(
    lines.flatMap((line) => {
      const [place = '', name = ''] = line.split('\0')
      return roleOf(place.slice(base.length + 1)) === 'product' ? [name] : []
    }),
  )
}

/** A new last parameter that is off and that only tests give: JavaScript never refused it before. */
function extraParameters(
  pairs: readonly Pair[],
  cores: readonly Node[],
  tests: readonly Node[],
): readonly string[] {
  const given = tests.flatMap(callsIn)
  const own = cores.flatMap(callsIn)
  return pairs.flatMap(({ name, before, after }) => {
    if (before === null || after === null) return []
    const old = parametersOf(before.core).length
    const added = parametersOf(after.core).slice(old)
    const simple = name.split('.').at(-1) ?? name
    const isGiven = ({ name: called, size }: Call): boolean => called === simple && size > old
    const isSwitch =
      added.length > 0 &&
      added.every((value) => value !== null && /^(?:false|0)$/i.test(value.text))
    return isSwitch && !own.some(isGiven)
      ? [...new Set(given.filter(isGiven).map(({ size }) => `${simple}(…${size})`))]
      : []
  })
}

interface Call {
  /** Last name of what is called. */
  readonly name: string
  readonly size: number
}

function callsIn(tree: Node): readonly Call[] {
  return [...walk(tree)].flatMap(({ type, children: [callee, ...values] }) => {
    if (callee === undefined || (type !== common.call && type !== 'NewExpression')) return []
    const hasSpread = values.some((value) => /Spread|^Token$/.test(value.type))
    const name = (dotted(callee) ?? callee.children.at(-1)?.text ?? '').split('.').at(-1) ?? ''
    return [{ name, size: hasSpread ? Number.POSITIVE_INFINITY : values.length }]
  })
}

/** Defaults of a function's parameters, null for one without. */
function parametersOf(core: Node): readonly (Node | null)[] {
  const list = [...walk(core)].find(({ type }) => type === 'ParamList')?.children ?? []
  return list.flatMap((child, at) => {
    if (child.text === '=' || list[at - 1]?.text === '=') return []
    return [list[at + 1]?.text === '=' ? (list[at + 2] ?? null) : null]
  })
}
