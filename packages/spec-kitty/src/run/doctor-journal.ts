import {
  integrityProblems,
  lostEvents,
  lostText,
  readJournal,
  recount,
  repairHome,
  type Journal,
} from '@canary-gate/sync-engine'
import { flag, type Call } from '../command/define.ts'
import { finish } from '../command/finish.ts'
import { contextOf } from './call-context.ts'
import { programOf } from './daemon-program.ts'

export function run(call: Call): number | Promise<number> {
  if (flag(call, 'repair')) return repair(call)
  const journal = readJournal({ home: contextOf(call).paths.home, now: call.io.now })
  try {
    const miscounts = recounted(journal)
    const lost = lostEvents(journal.db, journal.path)
    const damage = [...integrityProblems(journal), ...(lost === undefined ? [] : [lostText(lost)])]
    const ok = miscounts.length === 0 && damage.length === 0
    const lines = [
      ...miscounts.map(
        ({ what, counted, actual }) => `${what}: the counter says ${counted}, there are ${actual}`,
      ),
      ...damage,
    ]
    return finish(call, ok ? 0 : 1, {
      json: { miscounts, damage },
      text: ok ? 'The journal is sound and every counter is true.\n' : `${lines.join('\n')}\n`,
    })
  } finally {
    journal.close()
  }
}

/** On a damaged page nothing can be counted; the damage itself is told. */
function recounted(journal: Journal): ReturnType<typeof recount> {
  try {
    return recount(journal)
  } catch (cause) {
    if (integrityProblems(journal).length === 0) throw cause
    return []
  }
}

async function repair(call: Call): Promise<number> {
  const context = contextOf(call)
  const program = programOf(call, context)
  const { now, progress } = call.io
  const onProgress = (events: number): void => progress.count(events, 'events salvaged')
  const report = await repairHome(context, { now, program, onProgress })
  const { salvaged, quarantined, unreadable, consentsKnown, damaged, daemon } = report
  return finish(call, unreadable === 0 ? 0 : 1, {
    json: report,
    text:
      `${salvaged} event(s) salvaged, ${quarantined} in quarantine, ${unreadable} not readable\n` +
      (consentsKnown ? '' : CONSENTS_UNKNOWN) +
      `  the damaged files are in ${damaged}\n` +
      (daemon === null ? '' : DAEMON[daemon]),
  })
}

const DAEMON = {
  restarted: '  the daemon was ended for it and runs again\n',
  ended: '  the daemon was ended for it\n  next: spec-kitty sync daemon start\n',
} as const

const CONSENTS_UNKNOWN = `  who agreed to what cannot be read, so nothing is sent before it is agreed to again
  next: spec-kitty sync allow --all --dry-run
`
