import { beforeEach, inject } from 'vitest'
import { firstUnproven, requirementOfFile } from '../src/gate/latch/tokens.ts'

// The latch stands before every test of the gate, whatever the file contains: a requirement whose
// predecessors are not proven is not run, and a file that belongs to no requirement never runs.
beforeEach(async ({ task, skip }) => {
  const id = requirementOfFile(task.file.filepath)
  if (id === undefined) return skip(`BLOCKED: ${task.file.name} belongs to no requirement`)
  const unproven = await firstUnproven(inject('runFolder'), id)
  if (unproven === undefined) return
  task.meta.requirement = { id, verdict: 'not-run', stoppedBy: unproven }
  skip(`BLOCKED by ${unproven}`)
})
