import {
  countsFor,
  forgetTarget,
  listTargets,
  openJournal,
  readJournal,
  redrain,
  type CommandContext,
} from '@canary-gate/sync-engine'
import { text, type Call } from '../command/define.ts'
import { finish } from '../command/finish.ts'
import { contextOf, deciderOf } from './call-context.ts'

export function run(call: Call): number {
  const context = contextOf(call)
  const { home } = context.paths
  change(call, context)
  const journal = readJournal({ home, now: call.io.now })
  try {
    const targets = listTargets(journal).map((target) => {
      const { delivered, undelivered } = countsFor(journal, target.generationId)
      return {
        target_id: target.targetId,
        kind: target.kind,
        canonical_url: target.canonicalUrl,
        team_slug: target.teamSlug,
        user_email: target.userEmail,
        delivered,
        undelivered,
        reset_suspected: target.resetReason ?? null,
      }
    })
    return finish(call, 0, { json: { targets }, text: targets.map(line).join('') })
  } finally {
    journal.close()
  }
}

function change(call: Call, context: CommandContext): void {
  const forget = text(call, 'forget')
  const again = text(call, 'redrain')
  if (forget === undefined && again === undefined) return
  const journal = openJournal({ home: context.paths.home, now: call.io.now })
  try {
    const by = deciderOf(call, context)
    if (forget !== undefined) forgetTarget(journal, forget, by)
    if (again !== undefined) redrain(journal, again, 'asked for on the command line', by)
  } finally {
    journal.close()
  }
}

interface Shown {
  readonly target_id: string
  readonly canonical_url: string
  readonly team_slug: string
  readonly delivered: number
  readonly undelivered: number
  readonly reset_suspected: string | null
}

function line(target: Shown): string {
  const counts = `${target.delivered} delivered, ${target.undelivered} not`
  const hint =
    target.reset_suspected === null
      ? ''
      : `  ! ${target.reset_suspected}; to send everything anew: spec-kitty sync targets --redrain ${target.target_id}\n`
  return `${target.target_id}\n  ${target.canonical_url} ${target.team_slug}: ${counts}\n${hint}`
}
