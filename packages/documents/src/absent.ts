/**
 * For `catch`: what to take for a file or folder that is not there. Whatever else went wrong is thrown on,
 * because what is there and cannot be looked at may hold anything.
 *
 * @example await readdir(folder).catch(ifAbsent([]))
 */
export function ifAbsent<Value>(value: Value): (error: unknown) => Value {
  return (error) => {
    if (isAbsent(error)) return value
    throw error
  }
}

/** Whether an error of the file system says that nothing is there. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
