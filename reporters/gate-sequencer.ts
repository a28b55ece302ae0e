import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { requirementOfFile } from '../src/gate/latch/tokens.ts'
import { gateOrder } from '../src/gate/register.ts'

/**
 * Sorts the gate's files by the register; those of other projects keep Vitest's own order, behind the
 * ones that wait for minutes: begun last, they alone would keep the whole run going.
 */
export class GateSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const own = files.filter((file) => file.project.name === 'gate')
    const others = files.filter((file) => file.project.name !== 'gate')
    own.sort((left, right) => rank(left) - rank(right))
    const sorted = await super.sort(others)
    return [...own, ...sorted.filter(waitsLong), ...sorted.filter((file) => !waitsLong(file))]
  }
}

function waitsLong({ moduleId }: TestSpecification): boolean {
  return moduleId.includes('/specs/real-tools/')
}

/** A file that belongs to no requirement comes last; the latch skips it. */
function rank(file: TestSpecification): number {
  const place = gateOrder.findIndex((id) => id === requirementOfFile(file.moduleId))
  return place === -1 ? gateOrder.length : place
}
