import { commandLine } from '../base/remedies.ts'
import { command, specKitty, type Remedy } from '../base/remedies.ts'
import type { CommandContext } from '../context/command-context.ts'
import { modeOf } from '../context/delivery-mode.ts'
import type { EndWord } from '../delivery/end.ts'
import type { Target } from '../delivery/targets.ts'
import type { BlockedReason } from '../journal/capture-outcome.ts'

/** Whether events leave this machine at this moment, as far as it can be known without a network. */
export interface GateSection {
  /** `kept_here`: the mode wants events to stay, so nothing waits for a gate. */
  readonly state: 'open' | 'closed' | 'kept_here'
  readonly reason: BlockedReason | null
  /** The reason for a reader; null where the gate is open. */
  readonly what: string | null
  /** Events that do not leave because of it. */
  readonly waiting: number
  /** The command that opens it, or null where none can. */
  readonly remedy: string | null
}

interface Closed {
  readonly word: Extract<EndWord, 'closed' | 'denied' | 'fenced' | 'unavailable'>
  readonly reason: BlockedReason | null
  readonly what: string
  readonly remedy: Remedy
}

/**
 * @param current the target that a drain would serve, if it was ever served
 * @param waiting events that it has not got
 */
export function gateSection(
  context: CommandContext,
  current: Target | undefined,
  waiting: number,
): GateSection {
  const mode = modeOf(context)
  if (mode.delivery === 'none') {
    const what = `the mode ${mode.mode} keeps events on this machine`
    return { state: 'kept_here', reason: 'delivery_off', what, waiting, remedy: null }
  }
  const found = closedGate(context, current)
  if (found === undefined)
    return { state: 'open', reason: null, what: null, waiting: 0, remedy: null }
  const { reason, what, remedy } = found
  return { state: 'closed', reason, what, waiting, remedy: commandLine(remedy) ?? null }
}

/** What keeps events from leaving, and the word of the end that it is; undefined where nothing does. */
export function closedGate(
  context: CommandContext,
  current: Target | undefined,
): Closed | undefined {
  const { delivery } = modeOf(context)
  if (delivery === 'none') return undefined
  const closed = delivery === 'teamspace' ? closedTeamspace(context) : closedEndpoint(context)
  return closed ?? lastRefusal(current)
}

function closedTeamspace({ isSyncEnabled, session, identity }: CommandContext): Closed | undefined {
  if (!isSyncEnabled)
    return {
      word: 'closed',
      reason: 'saas_disabled',
      what: 'sync is switched off',
      remedy: command('export', 'SPEC_KITTY_ENABLE_SAAS_SYNC=1'),
    }
  if (session === undefined)
    return {
      word: 'closed',
      reason: 'missing_auth',
      what: 'nobody is logged in',
      remedy: specKitty('auth', 'login', '--headless'),
    }
  return identity.auth_team === null
    ? {
        word: 'closed',
        reason: 'private_teamspace_gate',
        what: 'the login has no private teamspace',
        remedy: specKitty('auth', 'login', '--headless'),
      }
    : undefined
}

function closedEndpoint({ config }: CommandContext): Closed | undefined {
  if (config.externalEndpoint !== undefined) return undefined
  return {
    word: 'closed',
    reason: 'delivery_off',
    what: 'the mode EXTERNAL_RECEIVER has no address to send to',
    remedy: specKitty('sync', 'mode', 'EXTERNAL_RECEIVER', '--endpoint', '<url>'),
  }
}

const LAST: Readonly<Partial<Record<BlockedReason, string>>> = {
  network_unavailable: 'the last delivery did not reach the server',
  missing_auth: 'the last delivery was refused: the login was not accepted',
  missing_team: 'the last delivery was refused: the sender may not write there',
  private_teamspace_gate: 'the last delivery was refused: no private teamspace',
}

/** What the last drain met; the next one tries again and says it anew. */
function lastRefusal(current: Target | undefined): Closed | undefined {
  if (current?.lastDrainOutcome === 'fenced')
    return {
      word: 'fenced',
      reason: 'delivery_off',
      what: 'the receiver knows the identity of this home from another one',
      remedy: specKitty('sync', 'producer', 'renew'),
    }
  const reason = current?.blockedReason as BlockedReason | undefined
  const what = reason === undefined ? undefined : LAST[reason]
  const remedy = specKitty('sync', 'now')
  if (reason !== undefined && what !== undefined)
    return {
      word: reason === 'network_unavailable' ? 'unavailable' : 'denied',
      reason,
      what,
      remedy,
    }
  if (current?.lastDrainOutcome !== 'unavailable') return undefined
  return {
    word: 'unavailable',
    reason: null,
    what: 'the server did not take the last delivery',
    remedy,
  }
}
