import {
  currentIdentity,
  senderOf,
  findTarget,
  grant,
  mayGo,
  openJournal,
  readDocumentGroups,
  readJournal,
  revoke,
  SyncError,
  targetId,
  undeliveredByStream,
  type CommandContext,
  type Sender,
  type DocumentGroup,
  type Journal,
  type StreamCount,
} from '@canary-gate/sync-engine'
import { flag, text, usage, type Call } from '../command/define.ts'
import { finish } from '../command/finish.ts'
import { contextOf, deciderOf, projectHere } from './call-context.ts'
import { documentsJson, documentsLine, streamJson, streamLine } from './consent-text.ts'

/** Shows what would be sent from now on, and agrees to it; or takes a consent back. */
export function run(call: Call): number {
  const context = contextOf(call)
  const sender = senderOf(context)
  // Taking back needs no login: it holds for every account.
  if (sender.kind === 'login' && sender.account === '' && !flag(call, 'revoke'))
    throw notLoggedIn(context)
  const { home } = context.paths
  const journal = flag(call, 'dryRun')
    ? readJournal({ home, now: call.io.now })
    : openJournal({ home, now: call.io.now, frees: true })
  try {
    return flag(call, 'revoke')
      ? takeBack(call, context, journal)
      : allow(call, { context, sender, journal })
  } finally {
    journal.close()
  }
}

interface Allowing {
  readonly context: CommandContext
  readonly sender: Sender
  readonly journal: Journal
}

function allow(call: Call, { context, sender, journal }: Allowing): number {
  const identity = currentIdentity(context)
  const target = identity === undefined ? undefined : findTarget(journal, targetId(identity))
  const all = undeliveredByStream(journal, target?.generationId, sender)
  const account = text(call, 'account')?.trim().toLowerCase()
  const isMeant = ownedBy(account, sender)
  const chosen = all.filter((stream) => isMeant(stream) && isChosen(call, stream))
  const groups = readDocumentGroups(context.identity.queue_db_path).filter(
    (group) => isMeant(group) && isChosenDocument(call, group, { sender, journal }),
  )
  const projects = flag(call, 'all')
    ? [...new Set([...chosen, ...groups].map(({ project }) => project))]
    : [projectNamed(call, [...all, ...groups])]
  const documents = groups.filter(({ project }) => projects.includes(project))
  const covers = account ?? sender.account
  const lines = [...chosen.map(streamLine), ...documents.map(documentsLine)]
  if (!flag(call, 'json')) show(call, lines, identity?.url ?? 'a target that is named later')
  const isDry = flag(call, 'dryRun')
  if (!isDry)
    for (const project of projects) {
      const events = chosen.filter((stream) => stream.project === project)
      const shown = `${events.reduce((sum, stream) => sum + stream.events, 0)} event(s) waited`
      grant(journal, { project, account: sender.account, covers }, deciderOf(call, context), shown)
    }
  return finish(call, 0, {
    json: {
      dry_run: isDry,
      projects,
      covers,
      streams: chosen.map(streamJson),
      documents: documents.map(documentsJson),
    },
    text: isDry ? 'Nothing was changed.\n' : 'Agreed. Send it: spec-kitty sync now\n',
  })
}

/** The account's own events and those without a login, or those of the account that was named. */
function ownedBy(
  account: string | undefined,
  sender: Sender,
): (of: Pick<StreamCount, 'account'>) => boolean {
  if (account !== undefined) return (stream) => stream.account === account
  const own = ['', sender.account, sender.queueName ?? '']
  return (stream) => own.includes(stream.account)
}

function isChosen(call: Call, stream: StreamCount): boolean {
  if (flag(call, 'all')) return !stream.allowed && stream.events > 0
  return stream.project === projectNamed(call, [stream], false)
}

/** Documents wait in the queue of a login only. */
function isChosenDocument(
  call: Call,
  group: DocumentGroup,
  { sender, journal }: Pick<Allowing, 'sender' | 'journal'>,
): boolean {
  if (sender.kind !== 'login') return false
  return !flag(call, 'all') || !mayGo(journal.db, sender, group)
}

/** Something that waits, with the name of its project where that is known. */
interface Named {
  readonly project: string
  readonly slug?: string | null
}

/** The project as it was named, by id or by its name in the waiting events; else the one around here. */
function projectNamed(call: Call, waiting: readonly Named[], isStrict = true): string {
  const named = text(call, 'project')
  if (named === undefined) {
    const here = projectHere(call)
    if (here !== undefined) return here.uuid.toLowerCase()
    throw usage(call, 'name a --project, or add --all, or run it in a project')
  }
  const isKnown = waiting.some(({ project }) => project === named.toLowerCase())
  if (isKnown) return named.toLowerCase()
  const bySlug = new Set(waiting.filter(({ slug }) => slug === named).map(({ project }) => project))
  if (bySlug.size > 1) throw usage(call, `several projects are called ${named}; give the id of one`)
  const [found] = bySlug
  if (found !== undefined) return found
  if (!isStrict || /^[0-9a-f-]{36}$/i.test(named) || named === 'unknown') return named.toLowerCase()
  throw usage(call, `no captured event is of a project ${named}`)
}

function takeBack(call: Call, context: CommandContext, journal: Journal): number {
  const sender = senderOf(context)
  const streams = undeliveredByStream(journal, undefined, sender)
  const documents = readDocumentGroups(context.identity.queue_db_path)
  const project = projectNamed(call, [...streams, ...documents])
  const kept = 'What a target has already, it keeps.'
  if (flag(call, 'dryRun'))
    return finish(call, 0, {
      json: { dry_run: true, revoked: null, would_revoke: project },
      text: `Nothing of project ${project} would be sent any more. ${kept} Nothing was changed.\n`,
    })
  revoke(journal, { project, account: sender.account }, deciderOf(call, context))
  return finish(call, 0, {
    json: { dry_run: false, revoked: project },
    text: `Nothing of project ${project} is sent from now on. ${kept}\n`,
  })
}

function show({ io }: Call, lines: readonly string[], url: string): void {
  if (lines.length === 0) io.out('No event waits for it; later ones will be sent.\n')
  for (const line of lines) io.out(`will be sent to ${url}: ${line}\n`)
}

function notLoggedIn({ paths }: CommandContext): SyncError {
  return new SyncError({
    code: 'not-logged-in',
    what: 'a consent is given to an account, and no login is there',
    where: paths.session,
  })
}
