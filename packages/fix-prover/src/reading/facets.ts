import type { Language, SideText, Unit } from '../syntax/language.ts'
import { common, inner, type Node } from '../syntax/node.ts'

/** One side of a unit, taken apart into what may change independently. */
export interface Facets {
  readonly unit: Unit
  readonly text: string
  readonly side: SideText
  /** What the unit does. */
  readonly core: Node
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

/** The units that are not part of this one. */
export function othersOf({ ownUnits }: FileSide, { raw, kind }: Unit): ReadonlySet<Node> {
  return kind === 'module' ? ownUnits : new Set([...ownUnits].filter((one) => !raw.includes(one)))
}

/** The normalized tree of a unit. */
export function treeOf(side: FileSide, unit: Unit): Node {
  const others = othersOf(side, unit)
  const statements = unit.raw
    .map((raw) => side.language.normalize(raw, others))
    .filter(({ type, text }) => type !== common.gone && !(type === common.token && text === ''))
  return inner(common.block, statements, unit)
}

export function facetsOf(side: FileSide, unit: Unit): Facets {
  const others = othersOf(side, unit)
  return {
    unit,
    // Modules and classes contain other units: their text says nothing about themselves.
    text:
      unit.kind === 'module' || unit.kind === 'class' ? '' : side.source.slice(unit.from, unit.to),
    side: joined(unit.raw.map((raw) => side.language.sideText(raw, others))),
    core: treeOf(side, unit),
  }
}

function joined(sides: readonly SideText[]): SideText {
  return {
    comments: sides.flatMap(({ comments }) => comments),
    types: sides.flatMap(({ types }) => types),
    imports: sides.flatMap(({ imports }) => imports),
  }
}
