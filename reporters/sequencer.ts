import { type Gate, requirementOfFile } from '@canary-gate/gate-kernel'
import { BaseSequencer, type TestSequencerConstructor, type TestSpecification } from 'vitest/node'

/**
 * Sorts a gate's files by its table; those of other projects keep Vitest's own order, behind the ones
 * that wait for minutes: begun last, they alone would keep the whole run going.
 */
export function sequencerOf(
  gate: Gate,
  beginsFirst: (file: TestSpecification) => boolean,
): TestSequencerConstructor {
  /** A file that belongs to no requirement comes last; the latch skips it. */
  const rank = (file: TestSpecification): number => {
    const place = gate.order.findIndex((id) => id === requirementOfFile(gate.order, file.moduleId))
    return place === -1 ? gate.order.length : place
  }
  return class GateSequencer extends BaseSequencer {
    override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
      const own = files.filter((file) => file.project.name === gate.folder)
      const others = files.filter((file) => file.project.name !== gate.folder)
      own.sort((left, right) => rank(left) - rank(right))
      const sorted = await super.sort(others)
      return [...own, ...sorted.filter(beginsFirst), ...sorted.filter((file) => !beginsFirst(file))]
    }
  }
}
