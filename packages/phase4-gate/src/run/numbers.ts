/** 1 to n: the numbers of n runs in a row. */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}
