/** `npm run soak [kills] [seed]`: the long form of the crash test; writes its figures to docs/soak.md. */
import { writeFileSync } from 'node:fs'
import { cpus, platform, release } from 'node:os'
import { join } from 'node:path'
import { crashRun, type CrashFigures } from './crash-run.ts'

const [kills = '3000', seed = String(Date.now() % 1_000_000)] = process.argv.slice(2)
const began = performance.now()
const figures = await crashRun({
  kills: Number(kills),
  seed: Number(seed),
  onKill: (done) => done % 100 === 0 && process.stdout.write(`${done} kills\n`),
})
const minutes = (performance.now() - began) / 60_000
const text = page(figures)
writeFileSync(join(import.meta.dirname, '../../docs/soak.md'), text)
process.stdout.write(text)
const { missing, altered, undelivered, sentAfterCollapse, problems } = figures
process.exitCode =
  missing + altered + undelivered + sentAfterCollapse + problems.length === 0 ? 0 : 1

function page(run: CrashFigures): string {
  const rows: readonly (readonly [string, number | string])[] = [
    ['Kills (SIGKILL), a third at random moments', run.kills],
    ['Step boundaries of one run, each struck in turn', run.stepBoundaries],
    ['Events whose capture had returned', run.captured],
    ['Events stored at the two targets together', run.deliveries],
    ['Replies that a target committed and dropped', run.repliesDropped],
    ['Captured events missing afterwards', run.missing],
    ['Events that differ between journal and target', run.altered],
    ['Events not at both targets after a last drain', run.undelivered],
    ['Collapsed events that were ever sent', run.sentAfterCollapse],
    ['Problems found by integrity check and recount', run.problems.length],
  ]
  return `# Soak

The last long run of the crash test (\`npm run soak -- ${run.kills} ${seed}\`): ${minutes.toFixed(1)} minutes on
${cpus().length} cores, ${platform()} ${release()}, Node ${process.versions.node}. A process captures, coalesces and
drains to two targets and is killed again and again; the targets also commit batches and drop the
reply, reset connections and answer 503. Each target keeps an event once, whatever arrives twice.

| | |
|---|---|
${rows.map(([what, value]) => `| ${what} | ${value} |`).join('\n')}
`
}
