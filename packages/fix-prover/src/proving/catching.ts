import type { TestHistory } from '../execution/histories.ts'

/** The files of some tests, where the runner says them. */
export function filesOf(histories: readonly TestHistory[]): { readonly files?: readonly string[] } {
  const files = histories.map(({ file }) => file)
  if (files.length === 0 || files.includes(null)) return {}
  return { files: [...new Set(files.filter((file) => file !== null))] }
}
