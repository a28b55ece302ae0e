import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { requirementOfFile } from '../src/gate/latch/tokens.ts'
import { gateOrder } from '../src/gate/register.ts'

/** Sorts the gate's files by the register; files of other projects keep Vitest's own order. */
export class GateSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const own = files.filter((file) => file.project.name === 'gate')
    const others = files.filter((file) => file.project.name !== 'gate')
    own.sort((left, right) => rank(left) - rank(right))
    return [...own, ...(await super.sort(others))]
  }
}

/** A file that belongs to no requirement comes last; the latch skips it. */
function rank(file: TestSpecification): number {
  const place = gateOrder.findIndex((id) => id === requirementOfFile(file.moduleId))
  return place === -1 ? gateOrder.length : place
}
