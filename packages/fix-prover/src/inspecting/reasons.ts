import type { UnitReading } from '../reading/units.ts'
import type { FixVerdict, Reason, Standing } from './report.ts'

export interface Judgement {
  readonly verdict: FixVerdict
  readonly standing: Standing
  readonly reasons: readonly Reason[]
}

export function plain(code: string, text: string): Reason {
  return { code, text, file: null, unit: null, lines: null }
}

export function about(code: string, unit: UnitReading, text: string): Reason {
  return { code, text, file: unit.file, unit: unit.name, lines: [unit.lines[0], unit.lines[1]] }
}

export function rejected(verdict: FixVerdict, reasons: readonly Reason[]): Judgement {
  return { verdict, standing: 'rejected', reasons }
}

export function review(reasons: readonly Reason[]): Judgement {
  return { verdict: 'review', standing: 'review', reasons }
}

export function inconclusive(reasons: readonly Reason[]): Judgement {
  return { verdict: 'review', standing: 'inconclusive', reasons }
}
