import { readFile, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { sideBySide } from '../matrix/side-by-side.ts'
import { playSchedule, schedules } from './schedules.ts'

/**
 * `npm run soak -- publication [SCHEDULES] [SEED]`: the publication under that many schedules of server
 * faults and process deaths, several at a time because most of their time is waiting. Writes its figures
 * to docs/soak-publication.md; exits 1 if a comment stood twice, or not at all, in any of them.
 */
const count = Number(process.argv[3] ?? 10_000)
const seed = Number(process.argv[4] ?? Date.now() % 1_000_000)
const width = availableParallelism() * 4
const target = join(import.meta.dirname, '..', '..', 'docs', 'soak-publication.md')

const all = fc.sample(schedules, { numRuns: count, seed })
const startedMs = performance.now()
let played = 0
const wrong = await sideBySide(all, width, async (schedule) => {
  const problem = await playSchedule(schedule).then(
    () => undefined,
    (error: unknown) => `${String(error)}\n  ${JSON.stringify(schedule)}`,
  )
  played += 1
  if (problem !== undefined) process.stdout.write(`WRONG ${problem}\n`)
  if (played % 500 === 0) process.stdout.write(`${played} of ${count}\n`)
  return problem
})
const failures = wrong.filter((problem) => problem !== undefined).length
const minutes = (performance.now() - startedMs) / 60_000
const sum = (pick: (schedule: (typeof all)[number]) => number): number =>
  all.reduce((total, schedule) => total + pick(schedule), 0)

await writeFile(
  target,
  `# Soak of the publication

The last long run (\`npm run soak -- publication ${count} ${seed}\`): ${minutes.toFixed(1)} minutes on
${availableParallelism()} cores, Node ${process.versions.node}. Each schedule publishes to a GitHub that fails and is ended at any of
its calls, and is resumed until it is through.

| | |
|---|---|
| Schedules | ${count} |
| Faults of the server in them | ${sum(([faults]) => faults.length)} |
| Ends of the publishing process in them | ${sum(([, deaths]) => deaths.length)} |
| Schedules after which a comment stood twice, was missing, or an issue was in a wrong state | ${failures} |
`,
)
process.stdout.write(await readFile(target, 'utf8'))
process.exitCode = failures === 0 ? 0 : 1
