import {
  artifactsOf,
  type Gate,
  notificationWithoutVerdict,
  notify,
  type Notifier,
  type WaiverSource,
} from '@canary-gate/gate-kernel'

/** What the end of a run needs of its world, as that was read before a program could change anything. */
interface EndSettings {
  readonly notifier?: Notifier | undefined
  readonly waivers?: WaiverSource | undefined
}

/** The same from a world that is JSON; nothing where it is that of a rehearsal. */
export function settingsOfWorld(gate: Gate, json: string): EndSettings {
  const world = gate.world.safeParse(JSON.parse(json))
  if (!world.success) return {}
  return { notifier: gate.notifier(world.data), waivers: gate.waivers(world.data) }
}

/**
 * Tells of an end without a verdict, where there is a notifier.
 *
 * @returns what became of it, one line for the operator; empty where there is none
 */
export function tellWithoutVerdict(
  gate: Gate,
  notifier: Notifier | undefined,
  { end, what, folder }: { end: 'interrupted' | 'not-started'; what: string; folder?: string },
): string {
  if (notifier === undefined) return ''
  const told = notificationWithoutVerdict(gate.title, end, what, new Date(), folder)
  const place = { artifacts: artifactsOf(gate, process.env), cwd: gate.root }
  return `  ${notify(notifier, told, place).text}\n`
}
