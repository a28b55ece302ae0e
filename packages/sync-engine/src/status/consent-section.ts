import { readDocumentGroups, type DocumentGroup } from '../bodies/groups.ts'
import { mayGo } from '../consent/allowed.ts'
import { listConsents } from '../consent/decide.ts'
import { allowCommand, waitingForConsent } from '../consent/waiting.ts'
import { senderOf } from '../context/sender.ts'
import type { CommandContext } from '../context/command-context.ts'
import { currentIdentity } from '../context/delivery-mode.ts'
import { findTarget } from '../delivery/targets.ts'
import type { Journal } from '../journal/journal.ts'
import { targetId } from '../target/identity.ts'

/** What may not go out before somebody agrees, and who agreed to what. */
export function consentSection(context: CommandContext, journal: Journal) {
  const identity = currentIdentity(context)
  const target = identity === undefined ? undefined : findTarget(journal, targetId(identity))
  const sender = senderOf(context)
  const waiting =
    identity === undefined ? [] : waitingForConsent(journal, target?.generationId, sender)
  return {
    waiting_count: waiting.reduce((sum, { events }) => sum + events, 0),
    waiting: waiting.map(({ project, slug, account, events }) => ({
      project,
      project_slug: slug,
      account: account === '' ? null : account,
      events,
      remedy: allowCommand({ project, account }, sender.account),
    })),
    waiting_documents: documentsForConsent(context, journal).map(
      ({ project, account, documents }) => ({
        project,
        account: account === '' ? null : account,
        documents,
        remedy: allowCommand({ project, account }, sender.account),
      }),
    ),
    agreed: listConsents(journal).map((consent) => ({
      project: consent.project,
      account: consent.account,
      covers: consent.covers,
      granted_at: new Date(consent.grantedAtMs).toISOString(),
      granted_by: consent.grantedBy,
      command: consent.command,
      revoked_at: consent.revokedAtMs === null ? null : new Date(consent.revokedAtMs).toISOString(),
    })),
  }
}

/** The documents of this login's queue that may not go out before somebody agrees. */
export function documentsForConsent(context: CommandContext, journal: Journal): DocumentGroup[] {
  const sender = senderOf(context)
  // Without a login it is the login that everything waits for, and an endpoint gets no documents.
  if (sender.kind !== 'login' || sender.account === '') return []
  return readDocumentGroups(context.identity.queue_db_path).filter(
    (group) => !mayGo(journal.db, sender, group),
  )
}
