import type { Node } from './node.ts'

/** A part of a file that is compared on its own. */
export interface Unit {
  /** `OfflineQueue.queue_event`, `fire_saas_fanout`, a constant's name, `<module>` for the rest. */
  readonly name: string
  readonly kind: 'function' | 'class' | 'constant' | 'module'
  /** Raw trees of the unit: one, except for what is left of a module. */
  readonly raw: readonly Node[]
  /** Range in the file, decorators included. */
  readonly from: number
  readonly to: number
}

/** What a language tells the reader. A further language is one more object of this kind. */
export interface Language {
  readonly name: string
  readonly extensions: RegExp
  /** Parses a file; errors in it become nodes of type `⚠`, never exceptions. */
  parse(source: string): Node
  /** Cuts a file into functions, classes, constants and the rest. */
  units(file: Node): readonly Unit[]
  /**
   * The tree of a unit without comments, document strings, types, imports and layout. Functions
   * that are units of their own are left out of the class or module around them.
   */
  normalize(raw: Node, ownUnits: ReadonlySet<Node>): Node
  /** The text that normalizing leaves out, by kind. */
  sideText(raw: Node, ownUnits: ReadonlySet<Node>): SideText
}

export interface SideText {
  readonly comments: readonly string[]
  readonly types: readonly string[]
  /** Local name → where it comes from. */
  readonly imports: readonly (readonly [name: string, source: string])[]
}
