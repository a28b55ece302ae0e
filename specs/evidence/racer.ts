// Opens attempts in the run of the given folder, as fast as it can: racer.ts <run folder> <count>
import { openAttempt } from '../../packages/phase4-gate/src/evidence/attempt.ts'
import { openRun } from '../../packages/phase4-gate/src/run/run.ts'

const [folder = '', count = '1'] = process.argv.slice(2)
const opened = await openRun(folder, () => undefined)
// Each racer keeps its own facts: what they share, and race for, is the folder of attempts.
const run = { ...opened, facts: { ...opened.facts, write: () => Promise.resolve() } }
for (let index = 0; index < Number(count); index += 1) {
  const { number } = await openAttempt(run, 'v3.2.0rc16')
  process.stdout.write(`${number}\n`)
}
