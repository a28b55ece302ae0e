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
  return hasCode(error, ['ENOENT'])
}

/**
 * For `catch`: what to take for a file that is not there, or is something else: a folder, a link in a circle,
 * or a path through a file. Too many open files, or a disk that cannot be read, say nothing about it.
 */
export function ifNoFile<Value>(value: Value): (error: unknown) => Value {
  return (error) => {
    if (hasCode(error, ['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP', 'EACCES'])) return value
    throw error
  }
}

function hasCode(error: unknown, codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}
