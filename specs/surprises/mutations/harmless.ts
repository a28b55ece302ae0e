import { isDeepStrictEqual } from 'node:util'

/** Fields of a document that may change without a hold, each with the reason. */
export type Harmless = readonly (readonly [
  path: RegExp,
  why: string,
  isHarmless?: (value: unknown) => boolean,
])[]

/** Whether a field of the changed document may differ. */
export function isAllowed(harmless: Harmless, path: string, after: unknown): boolean {
  return harmless.some(
    ([field, , accepts]) =>
      field.test(path) && (accepts === undefined || accepts(valueAt(after, path))),
  )
}

function valueAt(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), value)
}

/** Paths at which two documents differ, dotted. */
export function differences(one: unknown, other: unknown, path = ''): string[] {
  if (isDeepStrictEqual(one, other)) return []
  if (!isObject(one) || !isObject(other)) return [path]
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])]
  return keys.flatMap((key) =>
    differences(one[key], other[key], path === '' ? key : `${path}.${key}`),
  )
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
