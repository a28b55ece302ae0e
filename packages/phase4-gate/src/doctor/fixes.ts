import { isAbsolute } from 'node:path'
import { readCriterion } from '@canary-gate/fix-prover'
import { type Finding, missing, present, stopReportOf } from '@canary-gate/gate-kernel'
import type { World } from '../world/schema.ts'

/** Both criteria can be read, and the tests of a fix can be named to their runner (FR-002). */
export async function examineFixes({ fixes }: World): Promise<Finding[]> {
  const criteria = Object.entries(fixes.criteria).map(([issue, name]) =>
    examineCriterion(`fixes.criteria.${issue}`, name),
  )
  return [...(await Promise.all(criteria)), examineTestCommand(fixes.testCommand)]
}

async function examineCriterion(subject: string, name: string): Promise<Finding> {
  const next = 'write 1141, 1182, or the absolute path of a criterion file'
  // Doctor and gate work in different folders, so a relative path would name two different files.
  if (/[/.]/.test(name) && !isAbsolute(name)) return missing(subject, `${name} is relative`, next)
  try {
    await readCriterion(name)
    return present(subject, name)
  } catch (error) {
    return missing(subject, stopReportOf(error).what, next)
  }
}

function examineTestCommand(command: readonly string[]): Finding {
  const text = command.join(' ')
  const lacking = ['{tests}', '{report}'].filter((word) => !text.includes(word))
  const subject = 'fixes.testCommand'
  if (lacking.length === 0) return present(subject, text)
  const next = `add ${lacking.join(' and ')}: the changed test files, and the JUnit file to write`
  return missing(subject, `${text} has no ${lacking.join(' and no ')}`, next)
}
