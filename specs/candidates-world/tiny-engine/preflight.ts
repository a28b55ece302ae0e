import { describeOwner } from './owner.ts'

export function preflight(): string {
  return `checked ${describeOwner()}`
}
