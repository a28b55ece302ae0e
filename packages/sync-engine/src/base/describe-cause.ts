const WORDS: Readonly<Record<string, string>> = {
  EISDIR: 'a folder lies where a file is expected',
  ENOTDIR: 'a file lies where a folder is expected',
  EEXIST: 'something of that name is there already',
  ENOENT: 'a folder on the way to it is missing',
  ELOOP: 'symbolic links lead in a circle',
  ENAMETOOLONG: 'the name is too long for this file system',
  EACCES: 'you may not use it',
  EPERM: 'you may not use it',
  EROFS: 'it is on a read-only file system',
  ENOSPC: 'the disk is full',
}

/** Why the operating system refused, in words instead of its codes; other errors say what they say. */
export function describeCause(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  return 'code' in cause ? (WORDS[String(cause.code)] ?? cause.message) : cause.message
}
