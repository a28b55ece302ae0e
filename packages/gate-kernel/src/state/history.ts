import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { FIRST_STATE, type Gate } from '../definition/gate.ts'
import { redactValue } from '../secrets/redact.ts'
import { type GateEvent, transition } from './machine.ts'

const states = z.string()

const historySchema = z.strictObject({
  state: states,
  reason: z.string().nullable(),
  history: z.array(z.strictObject({ state: states, at: z.iso.datetime(), because: z.string() })),
})

/** `<run folder>/state.json`: the state of the gate and how it came to it. */
export type StateHistory = z.infer<typeof historySchema>

/** Writes the first state of a run. */
export async function beginHistory(runFolder: string, now: Date): Promise<StateHistory> {
  const entry = { state: FIRST_STATE, at: now.toISOString(), because: 'the run began' }
  return save(runFolder, { state: FIRST_STATE, reason: null, history: [entry] })
}

/** Applies one event and records it, with its time, if it changed the state. */
export async function recordEvent(
  gate: Gate,
  runFolder: string,
  event: GateEvent,
  now: Date,
): Promise<StateHistory> {
  const before = await readHistory(gate, runFolder)
  const next = transition(gate, before.state, event)
  if (next.state === before.state) return before
  const entry = { state: next.state, at: now.toISOString(), because: next.reason ?? nameOf(event) }
  return save(runFolder, {
    state: next.state,
    reason: next.reason ?? null,
    history: [...before.history, entry],
  })
}

/** Throws if the file is missing or is not a state history of this gate. */
export async function readHistory(gate: Gate, runFolder: string): Promise<StateHistory> {
  const history = historySchema.parse(JSON.parse(await readFile(fileOf(runFolder), 'utf8')))
  for (const { state } of [history, ...history.history]) {
    if (!gate.states.includes(state)) throw new Error(`${state} is not a state of this gate`)
  }
  return history
}

async function save(runFolder: string, history: StateHistory): Promise<StateHistory> {
  const file = fileOf(runFolder)
  await writeFile(`${file}.new`, `${JSON.stringify(redactValue(history), null, 2)}\n`)
  await rename(`${file}.new`, file)
  return history
}

function fileOf(runFolder: string): string {
  return join(runFolder, 'state.json')
}

function nameOf(event: GateEvent): string {
  switch (event.type) {
    case 'passed':
      return `${event.id} passed`
    case 'stopped':
      return event.reason
    case 'published':
      return `published: ${event.step}`
  }
}
