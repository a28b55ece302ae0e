import type { z } from 'zod'

/** What facts a gate records, by name. Each schema says what may be written and will be read. */
export type FactSchemas = Readonly<Record<string, z.ZodType>>

/** The facts of one run on disk: `<run folder>/facts/<name>.json`. */
export interface FactStore<Facts extends FactSchemas = FactSchemas> {
  /** Records a fact; a second write of the same name replaces the first. */
  write<Name extends keyof Facts & string>(name: Name, value: z.infer<Facts[Name]>): Promise<void>
  /** Reads a fact that an earlier requirement proved. Throws an inconclusive stop if it is missing. */
  read<Name extends keyof Facts & string>(name: Name): Promise<z.infer<Facts[Name]>>
}

/** What every requirement is given: the world, the facts so far, and a way to say what it is doing. */
export interface GateRun<World = unknown, Facts extends FactSchemas = FactSchemas> {
  readonly id: string
  /** `artifacts/gate/<run id>`, absolute. */
  readonly folder: string
  readonly world: World
  readonly facts: FactStore<Facts>
  /** Tells the operator what is under way; for everything that may take over two seconds. */
  progress(message: string): void
}
