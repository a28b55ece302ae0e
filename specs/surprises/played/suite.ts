// Stands in for the Teamspace suite: a report and a log of tests that passed, one of them perhaps changed.
import { writeFile } from 'node:fs/promises'
import { junitXml } from '../../../fixtures/teamspace/junit.ts'
import { readOptions } from '../../../fixtures/teamspace/options.ts'
import { asWritten } from './written.ts'

const [surprise = '', ...words] = process.argv.slice(2)
const { files, junitFile } = readOptions(words)
const startedAt = new Date()
const results = files.map((file, index) => ({
  ...{ test: { file, name: `test_${index}`, run: () => Promise.resolve() } },
  ...{ kind: 'passed' as const, message: '', durationMs: 10 },
}))
const log = [
  `collected ${files.length} items, ${files.length} selected by -m deployed_dev`,
  ...files.map((file, index) => `${file}::test_${index} PASSED`),
  `0 failed, ${files.length} passed`,
  '',
].join('\n')
const report = junitXml(results, startedAt)
const sibling = junitXml(results.slice(1), startedAt)
process.stdout.write(
  await asWritten({
    ...{ surprise, at: 'teamspace.log', text: log, sibling: 'ok\n' },
    beside: report,
  }),
)
const bytes = await asWritten({
  ...{ surprise, at: 'teamspace.xml', text: report, sibling },
  beside: log,
})
await writeFile(junitFile ?? '', bytes)
