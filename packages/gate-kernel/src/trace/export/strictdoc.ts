import type { TraceReport } from '../report.ts'
import { exportItems } from './items.ts'

/**
 * Two StrictDoc documents: the requirements, and the tests with a parent relation to each requirement
 * that they prove. StrictDoc makes ReqIF of them (`strictdoc export --formats=reqif-sdoc`).
 */
export function toStrictDoc(report: TraceReport): Readonly<Record<string, string>> {
  const { requirements, tests } = exportItems(report)
  const nodes = requirements.map(({ id, text }) => node(id, text, []))
  const proofs = tests.map(({ id, title, status, names }) => {
    const proven = status === 'passed' ? names : []
    return node(id, `${title} (${status})`, proven)
  })
  return {
    'requirements.sdoc': `[DOCUMENT]\nTITLE: Requirements\n\n${nodes.join('\n')}`,
    'tests.sdoc': `[DOCUMENT]\nTITLE: Tests\n\n${proofs.join('\n')}`,
  }
}

function node(uid: string, statement: string, parents: readonly string[]): string {
  const relations = parents.map((parent) => `- TYPE: Parent\n  VALUE: ${parent}\n`).join('')
  return `[REQUIREMENT]
UID: ${uid}
STATEMENT: >>>
${statement.replaceAll('<<<', '< < <').replaceAll('>>>', '> > >')}
<<<
${relations === '' ? '' : `RELATIONS:\n${relations}`}`
}
