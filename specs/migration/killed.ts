import { migrateAt } from './state.ts'

/** Migrates the home named on the command line and kills itself at the given statement. */
const [home = '', at = '1'] = process.argv.slice(2)
let count = 0
migrateAt(home, () => {
  count += 1
  if (count === Number(at)) process.kill(process.pid, 'SIGKILL')
})
