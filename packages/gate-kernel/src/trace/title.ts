/** A test as its source names it, read without running anything. */
export interface WrittenTest {
  readonly file: string
  readonly line: number
  /** Requirement ids as written; empty where the test names none. */
  readonly ids: readonly string[]
  /** The title; `*` stands for what is filled in when it runs. */
  readonly title: string
}

const IDS = /(?:^| > )((?:[A-Z][A-Z0-9]*\/[A-Z][\w-]* )+)/

/** The ids a test's title begins with, or none. */
export function idsOfTitle(title: string): string[] {
  return IDS.exec(title)?.[1]?.trim().split(' ') ?? []
}
