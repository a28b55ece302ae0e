import { test, type TestContext } from 'vitest'
import type { RequirementId } from './register.ts'

type Ids = RequirementId | readonly RequirementId[]

/**
 * A test that names the requirements it verifies. The ids begin its title, so that the traceability
 * report finds them without running anything; an id that the register lacks does not compile.
 */
export function spec(
  ids: Ids,
  behaviour: string,
  body: (context: TestContext) => void | Promise<void>,
  timeoutMs?: number,
): void {
  const named = typeof ids === 'string' ? [ids] : ids
  test(`${named.join(' ')} ${behaviour}`, body, timeoutMs)
}
