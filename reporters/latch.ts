import { beforeEach, inject } from 'vitest'
import { firstUnproven, requirementOfFile } from '@canary-gate/gate-kernel'

// The latch comes before every test of a gate, whatever the file contains: a requirement whose
// predecessors are not proven is not run, and a file that belongs to no requirement never runs.
beforeEach(async ({ task, skip }) => {
  const order = inject('gateOrder')
  const id = requirementOfFile(order, task.file.filepath)
  if (id === undefined) return skip(`BLOCKED: ${task.file.name} belongs to no requirement`)
  const unproven = await firstUnproven(order, inject('runFolder'), id)
  if (unproven === undefined) return
  task.meta.requirement = { id, verdict: 'not-run', stoppedBy: unproven }
  skip(`BLOCKED by ${unproven}`)
})
