import { agreeToFixtures } from '../../fixtures/engine/consent.ts'
import fc from 'fast-check'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { anEvent, aStatusChange } from '../../fixtures/engine/events.ts'
import { temporaryHome, temporaryJournal, type TemporaryHome } from '../../fixtures/engine/home.ts'
import { startScriptedServer } from '../../fixtures/engine/scripted-server.ts'
import {
  openCommandContext,
  type CommandContext,
} from '../../packages/sync-engine/src/context/command-context.ts'
import { layLogin } from '../../fixtures/cli/login.ts'
import { discardDecision, eventFamily } from '../../packages/sync-engine/src/config/discard.ts'
import { MODES, modeNamed, type ModeName } from '../../packages/sync-engine/src/config/modes.ts'
import { deliveryPass } from '../../packages/sync-engine/src/daemon/pass.ts'
import { modeOf } from '../../packages/sync-engine/src/context/delivery-mode.ts'
import { capture } from '../../packages/sync-engine/src/journal/capture.ts'
import { openJournal } from '../../packages/sync-engine/src/journal/journal.ts'
import { readEntries } from '../../packages/sync-engine/src/journal/read.ts'
import { spec } from '../spec.ts'

const NAMES = Object.keys(MODES) as ModeName[]

spec(
  ['SYNC/T051', 'SYNC/T052', 'SYNC/FR-006'],
  'four presets of two axes, TRASH being another name of OPT_OUT',
  () => {
    expect(NAMES.map((name) => [name, MODES[name].retention, MODES[name].delivery])).toEqual([
      ['TEAMSPACE', 'keep', 'teamspace'],
      ['EXTERNAL_RECEIVER', 'keep', 'external'],
      ['LOCAL_RETENTION', 'keep', 'none'],
      ['OPT_OUT', 'discard', 'none'],
    ])
    expect(modeNamed('trash')).toBe(MODES.OPT_OUT)
    expect(modeNamed(' external-receiver ')).toBe(MODES.EXTERNAL_RECEIVER)
    expect(modeNamed('constructor')).toBeUndefined()
  },
)

spec(
  ['SYNC/T054', 'SYNC/C-008'],
  'whatever the type of an event, only opting out drops it and only if it is local or discardable',
  () => {
    const types = fc.oneof(
      fc.string(),
      fc.constantFrom(
        'WPStatusChanged',
        'MissionCreated',
        'LocalCommandTimed',
        'DaemonHeartbeatRecorded',
        '__proto__',
      ),
    )
    fc.assert(
      fc.property(fc.constantFrom(...NAMES), types, (name, type) => {
        const family = eventFamily(type)
        const mayGo = family === 'local-only' || family === 'discardable'
        const expected = name === 'OPT_OUT' ? (mayGo ? 'discard' : 'refuse-discard') : 'keep'
        expect(discardDecision(MODES[name], type)).toBe(expected)
      }),
    )
    expect(eventFamily('LocalCommandTimed')).toBe('local-only')
    expect(eventFamily('WPStatusChanged')).toBe('teamspace-bound')
  },
)

spec(
  ['SYNC/T054', 'SYNC/T018', 'SYNC/C-008'],
  'opting out drops local facts at capture, keeps what is bound for a Teamspace, and audits both',
  () => {
    using world = temporaryJournal({ mode: MODES.OPT_OUT })
    const local = anEvent({ event_type: 'LocalCommandTimed' })
    const bound = aStatusChange()
    expect(
      capture(world.journal, [local, bound, { nonsense: true }]).map(({ kind }) => kind),
    ).toEqual(['discarded', 'captured', 'quarantined'])
    expect(readEntries(world.journal).map(({ eventId }) => eventId)).toEqual([bound.event_id])
    expect(
      world.journal.db.prepare('SELECT event_id, event_type, decision FROM discard_audit').all(),
    ).toEqual([
      { event_id: local.event_id, event_type: 'LocalCommandTimed', decision: 'discarded' },
      { event_id: bound.event_id, event_type: 'WPStatusChanged', decision: 'discard-refused' },
      { event_id: null, event_type: 'unknown', decision: 'discard-refused' },
    ])
  },
)

/** A home with a login at the server and the mode in its configuration, as a command opens it. */
function foregroundIn({ home }: TemporaryHome, serverUrl: string, mode: ModeName): CommandContext {
  mkdirSync(home, { recursive: true })
  writeFileSync(
    join(home, 'config.toml'),
    `[sync]\nserver_url = "${serverUrl}"\n[event_sync]\nmode = "${mode}"\nexternal_endpoint = "${serverUrl}/hook"\n[event_sync.external_headers]\nx-own = "yes"\n`,
  )
  layLogin(home, serverUrl)
  const env = { HOME: home, SPEC_KITTY_HOME: home, SPEC_KITTY_ENABLE_SAAS_SYNC: '1' }
  return openCommandContext({ env, version: '1', program: import.meta.filename, now: Date.now() })
}

const observable: readonly [mode: ModeName, kept: number, path: string | undefined][] = [
  ['TEAMSPACE', 2, '/api/v1/events/batch/'],
  ['EXTERNAL_RECEIVER', 2, '/hook'],
  ['LOCAL_RETENTION', 2, undefined],
  ['OPT_OUT', 1, undefined],
]

for (const [mode, kept, path] of observable)
  spec(
    ['SYNC/T053', 'SYNC/T055', 'SYNC/FR-006', 'SYNC/FR-007', 'SYNC/NFR-001'],
    `${mode} keeps ${kept} of two events on disk and sends ${path === undefined ? 'nothing' : `them to ${path}`}`,
    async () => {
      using folder = temporaryHome()
      await using server = await startScriptedServer()
      const foreground = foregroundIn(folder, server.url, mode)
      const journal = openJournal({ home: folder.home, mode: modeOf(foreground) })
      capture(journal, [
        anEvent({ event_type: 'LocalCommandTimed', aggregate_id: 'WP02' }),
        anEvent(),
      ])
      agreeToFixtures(journal, foreground.account)
      await deliveryPass(foreground, { now: Date.now })
      expect(readEntries(journal)).toHaveLength(kept)
      expect(server.batches.map((batch) => [batch.path, batch.ids.length])).toEqual(
        path === undefined ? [] : [[path, 2]],
      )
      if (mode === 'EXTERNAL_RECEIVER')
        expect(server.batches[0]?.headers).toMatchObject({ 'x-own': 'yes' })
      journal.close()
    },
  )
