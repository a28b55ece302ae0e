/**
 * Nothing that a run writes is for others to change, whatever the umask of its shell is: evidence would be
 * theirs to edit, and a candidate may refuse a home in which they can write.
 */
export function closeToOthers(): void {
  // Asking for it without setting it is deprecated: another thread may write in between.
  const before = process.umask(0o077)
  process.umask(before | 0o022)
}
