import {
  type Finding,
  missing,
  present,
  stopReportOf,
  unsafeVariables,
} from '@canary-gate/gate-kernel'
import { installerEnvironment } from '../installation/installer-environment.ts'

/** No variable would keep a run from releasing at its end, or the installer from its work (FR-003). */
export async function examineVariables(environment: NodeJS.ProcessEnv): Promise<Finding[]> {
  const unsafe = unsafeVariables(environment).map((name) =>
    missing(name, 'a run in which it is set like this releases nothing', `unset ${name}`),
  )
  try {
    await installerEnvironment('', [], environment)
    return unsafe.length > 0 ? unsafe : [present('variables', 'none that weakens a run is set')]
  } catch (error) {
    const { what, where, next } = stopReportOf(error)
    return [...unsafe, missing(where, what, next)]
  }
}
