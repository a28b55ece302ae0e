import { relative } from 'node:path'
import {
  type Gate,
  type ModuleObservation,
  modulePassed,
  reusedFrom,
} from '@canary-gate/gate-kernel'

/** The run whose proof was taken over, if any. */
export function reuseOf(module: ModuleObservation): string {
  const { reusedFrom: earlier } = reusedFrom(module)
  return earlier === undefined ? '' : ` (re-used from ${earlier})`
}

/** Shown from two seconds on: shorter times say nothing to an operator. */
export function timeOf({ durationMs = 0 }: ModuleObservation): string {
  return durationMs < 2000 ? '' : ` (${Math.round(durationMs / 1000)} s)`
}

/** Relative to the operator's folder where the file lies in it. */
export function shortPath(file: string): string {
  const path = relative(process.cwd(), file)
  return path.startsWith('..') ? file : path
}

/** How many requirements have passed so far. */
export function passedOf({ order }: Gate, ended: readonly ModuleObservation[]): number {
  return ended.filter((module) => modulePassed(order, module)).length
}
