import type { Language, SideText, Unit } from '../syntax/language.ts'
import { common, inner, type Node, print } from '../syntax/node.ts'
import type { OutputNames } from './output.ts'
import { withoutOutput } from './strip.ts'
import { withoutTiming } from './timing.ts'

/** One side of a unit, taken apart into what may change independently. */
export interface Facets {
  readonly unit: Unit
  readonly text: string
  readonly side: SideText
  /** Diagnostics, printed. */
  readonly output: readonly string[]
  /** Of them, the single statements, where they stand. */
  readonly outputAt: readonly OutputAt[]
  /** Timing numbers, in words. */
  readonly timing: readonly string[]
  /** What is left: what the unit does. */
  readonly core: Node
  /** The same with the calls that only diagnostics made use of. */
  readonly asking: Node
  readonly hasErrors: boolean
}

export interface OutputAt {
  readonly printed: string
  readonly from: number
  readonly to: number
}

/** Everything one side of a file consists of. */
export interface FileSide {
  readonly path: string
  readonly source: string
  readonly language: Language
  readonly units: readonly Unit[]
  readonly ownUnits: ReadonlySet<Node>
}

/** Line ends are layout, inside strings as well: both languages read every kind of them as one. */
export function openSide(path: string, text: string, language: Language): FileSide {
  const source = text.replace(/\r\n?/g, '\n')
  const units = language.units(language.parse(source))
  const ownUnits = new Set(units.filter(({ kind }) => kind !== 'module').flatMap(({ raw }) => raw))
  return { path, source, language, units: numbered(units), ownUnits }
}

/** Two functions of the same name (overloads, redefinitions) are told apart by a number. */
function numbered(units: readonly Unit[]): readonly Unit[] {
  const seen = new Map<string, number>()
  return units.map((unit) => {
    const count = (seen.get(unit.name) ?? 0) + 1
    seen.set(unit.name, count)
    return count === 1 ? unit : { ...unit, name: `${unit.name}#${count}` }
  })
}

/** The normalized tree of a unit, diagnostics and all. */
export function treeOf(side: FileSide, unit: Unit): Node {
  const others = new Set(side.ownUnits)
  for (const raw of unit.raw) if (unit.kind !== 'module') others.delete(raw)
  const statements = unit.raw
    .map((raw) => side.language.normalize(raw, others))
    .filter(({ type, text }) => type !== common.gone && !(type === common.token && text === ''))
  return inner(common.block, statements, unit)
}

export function facetsOf(side: FileSide, unit: Unit, names: OutputNames): Facets {
  const others = new Set(side.ownUnits)
  for (const raw of unit.raw) if (unit.kind !== 'module') others.delete(raw)
  const { tree, asking, output } = withoutOutput(treeOf(side, unit), names)
  const timing: string[] = []
  const core = withoutTiming(tree, timing)
  return {
    unit,
    // Modules and classes contain other units: their text says nothing about themselves.
    text:
      unit.kind === 'module' || unit.kind === 'class' ? '' : side.source.slice(unit.from, unit.to),
    side: joined(unit.raw.map((raw) => side.language.sideText(raw, others))),
    output: output.map(print),
    outputAt: output
      .filter(({ type }) => type === common.expression)
      .map((node) => ({ printed: print(node), from: node.from, to: node.to })),
    timing,
    core,
    asking: withoutTiming(asking, []),
    hasErrors: unit.raw.some(hasError),
  }
}

function joined(sides: readonly SideText[]): SideText {
  return {
    comments: sides.flatMap(({ comments }) => comments),
    types: sides.flatMap(({ types }) => types),
    imports: sides.flatMap(({ imports }) => imports),
  }
}

function hasError(node: Node): boolean {
  return node.type === '⚠' || node.children.some(hasError)
}
