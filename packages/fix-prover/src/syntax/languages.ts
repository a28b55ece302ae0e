import { javascript } from './javascript.ts'
import type { Language } from './language.ts'
import { python } from './python.ts'

/** Every language the gate can read. */
const languages: readonly Language[] = [python, javascript]

/** The language of a file by its name; null where nothing here reads it. */
export function languageOf(path: string): Language | null {
  return languages.find(({ extensions }) => extensions.test(path)) ?? null
}
