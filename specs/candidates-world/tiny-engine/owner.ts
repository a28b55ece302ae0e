export function describeOwner(): string {
  return 'owned'
}
