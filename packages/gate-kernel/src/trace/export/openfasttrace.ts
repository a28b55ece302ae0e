import XMLBuilder from 'fast-xml-builder'
import { exportItems, type ExportedTest } from './items.ts'
import type { TraceReport } from '../report.ts'

/**
 * OpenFastTrace "specobject" XML. Only a test that passed on the present text covers its requirement:
 * one that passed on an earlier text covers an earlier version, one that failed or was not run covers
 * nothing, so that OpenFastTrace finds the gaps that our own report has.
 */
export function toOpenFastTrace(report: TraceReport): string {
  const { requirements, tests } = exportItems(report)
  const specification = {
    specdocument: {
      specobjects: [
        {
          '@doctype': 'req',
          specobject: requirements.map(({ id, text, needsTest }) => ({
            id,
            status: 'approved',
            version: 1,
            description: text,
            ...(needsTest && { needscoverage: { needsobj: 'utest' } }),
          })),
        },
        { '@doctype': 'utest', specobject: tests.map(testObject) },
      ],
    },
  }
  const builder = new XMLBuilder({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    format: true,
  })
  return `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build(specification)}`
}

/** A requirement that no register has. */
const UNNAMED = 'UNNAMED'

function testObject({ id, title, file, status, names }: ExportedTest): object {
  const proves = status === 'passed' || status === 'outdated'
  // OpenFastTrace accepts a test that covers nothing; one that names nothing must not go unnoticed.
  const covers = names.length === 0 ? [UNNAMED] : proves ? names : []
  return {
    id,
    status: 'approved',
    version: 1,
    sourcefile: file,
    sourceline: 1,
    description: title,
    ...(covers.length > 0 && {
      providescoverage: {
        provcov: covers.map((name) => ({
          linksto: `req:${name}`,
          dstversion: status === 'passed' ? 1 : 0,
        })),
      },
    }),
  }
}
