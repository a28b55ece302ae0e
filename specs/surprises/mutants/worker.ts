import type * as Play from '../subjects/play.ts'
import { recordGitHub } from '../subjects/github.ts'
import type * as Subjects from '../subjects/index.ts'
import { disabling, gateWith } from './hooks.ts'
import type { End, Mutant } from './play.ts'

/**
 * Plays the mutants that it is sent, one after the other, each as a gate of its own in this process: what
 * is started and loaded for all of them is started and loaded once.
 */
const github = await recordGitHub()
process.on('message', (mutant: Mutant) => {
  void endOf(mutant).then((end) => process.send?.(end))
})
process.once('disconnect', () => void github.dispose().then(() => process.exit()))
process.send?.('ready')

async function endOf(mutant: Mutant): Promise<End> {
  try {
    return (await isAnyWrong(mutant)) ? 'noticed' : 'survived'
  } catch {
    return 'idle'
  }
}

async function isAnyWrong(mutant: Mutant): Promise<boolean> {
  const load = gateWith(`mutant${mutant.number}`, new Map([[mutant.file, disabling(mutant)]]))
  const { subjectsWith } = await load<typeof Subjects>('specs/surprises/subjects/index.ts')
  const { playSubject } = await load<typeof Play>('specs/surprises/subjects/play.ts')
  const subjects = new Map(subjectsWith(github).map((one) => [one.name, one]))
  for (const [name, mutations] of mutant.plays) {
    const subject = subjects.get(name)
    if (subject === undefined) throw new Error(`there is no document ${name}`)
    const watch = mutations === 'all' ? {} : { only: new Set(mutations) }
    if ((await playSubject(subject, 1, watch)).wrong.length > 0) return true
  }
  return false
}
