import type { Evidence, PageContent } from '@canary-gate/gate-kernel'
import type { GateRun } from '../run/run.ts'

/** The page is made once, at the end of a run: what draws it is loaded then, and not by each check. */
export async function pageOf(run: GateRun, evidence: Evidence): Promise<PageContent> {
  const { pageContent } = await import('./parts.ts')
  return pageContent(run, evidence)
}
