/** `npm run soak -- hub [stories] [seed]`: the long form of the hub's story; a page of its figures. */
import { writeFileSync } from 'node:fs'
import { cpus, platform, release } from 'node:os'
import { join } from 'node:path'
import { startCluster, whyNoCluster } from '../../fixtures/hub/cluster.ts'
import { playStory, type StoryFigures } from './story.ts'

const missing = whyNoCluster()
if (missing !== undefined) {
  process.stderr.write(`the hub's soak cannot run: ${missing}\n`)
  process.exit(1)
}
const [stories = '500', seed = '1'] = process.argv.slice(3)
const began = performance.now()
const all: StoryFigures[] = []
await using cluster = await startCluster()
for (let index = 0; index < Number(stories); index += 1) {
  const figures = await playStory(cluster, Number(seed) + index, { homes: 20, steps: 40 })
  all.push(figures)
  if (figures.problems.length > 0)
    process.stdout.write(`seed ${figures.seed}: ${figures.problems.join('; ')}\n`)
  if ((index + 1) % 10 === 0) process.stdout.write(`${index + 1} stories\n`)
}
const problems = all.flatMap((one) => one.problems)
const text = page()
writeFileSync(join(import.meta.dirname, '../../docs/soak-hub.md'), text)
process.stdout.write(text)
process.exitCode = problems.length === 0 ? 0 : 1

function page(): string {
  const sum = (read: (one: StoryFigures) => number): number =>
    all.reduce((total, one) => total + read(one), 0)
  const rows = [
    ['Stories (seeds)', all.length],
    ['Events captured', sum((one) => one.events)],
    ['Hubs killed (SIGKILL) while a home delivered', sum((one) => one.kills)],
    ['Crashes of PostgreSQL while a home delivered', sum((one) => one.databaseCrashes)],
    ['Times all database connections were cut', sum((one) => one.connectionsCut)],
    ['Answers lost after the commit', sum((one) => one.repliesDropped)],
    ['Homes copied or restored from a backup', sum((one) => one.copies)],
    ['Of these noticed', sum((one) => one.copiesNoticed)],
    ['Events lost, stored twice, out of order, gaps left', problems.length],
  ] as const
  const minutes = ((performance.now() - began) / 60_000).toFixed(1)
  return `# Soak of the hub

The last long run (\`npm run soak -- hub ${stories} ${seed}\`): ${minutes} minutes on ${cpus().length} cores,
${platform()} ${release()}, Node ${process.versions.node}. In each story 20 homes capture and deliver to two hub processes on one
PostgreSQL server while hubs are killed, the database crashes, connections are cut, answers are lost
and homes are copied; at the end everything is delivered once more.

| | |
|---|---|
${rows.map(([what, value]) => `| ${what} | ${value} |`).join('\n')}
`
}
