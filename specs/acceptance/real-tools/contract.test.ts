import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { execa } from 'execa'
import { unzipSync, strFromU8 } from 'fflate'
import { afterAll, beforeAll, expect } from 'vitest'
import {
  download,
  readPublished,
} from '../../../packages/phase4-gate/src/candidates/package-index.ts'
import { indexOfPip } from '../../../packages/phase4-gate/src/candidates/pip-index.ts'
import { GateStop } from '../../../packages/gate-kernel/src/stop/verdict.ts'
import { checkEvent } from '../../../fixtures/service/envelope.ts'
import { event } from '../../service-world/calling.ts'
import { TYPES, type Payload } from '../../service-world/payload-samples.ts'
import { spec } from '../../spec.ts'

// What this engine captures, against the schemas that the real events package publishes.

const program = join(
  import.meta.dirname,
  '..',
  '..',
  '..',
  'packages',
  'spec-kitty',
  'bin',
  'spec-kitty.js',
)

/** Event type → its schema in the package. */
const schemas: Readonly<Record<string, string>> = {
  MissionCreated: 'mission_created_payload',
  WPCreated: 'wp_created_payload',
  WPStatusChanged: 'status_transition_payload',
  MissionDossierArtifactIndexed: 'mission_dossier_artifact_indexed_payload',
  MissionDossierSnapshotComputed: 'mission_dossier_snapshot_computed_payload',
}

/** Types that this engine does not capture and the service of the rehearsal judges all the same. */
const foreignSchemas: typeof schemas = {
  MissionDossierArtifactMissing: 'mission_dossier_artifact_missing_payload',
  MissionDossierParityDriftDetected: 'mission_dossier_parity_drift_detected_payload',
}

interface Captured {
  readonly event_type: string
  readonly payload: Readonly<Record<string, unknown>>
}

let folder = ''
let events: readonly Captured[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'contract-'))
  events = await captureEverything()
})

afterAll(() => rm(folder, { recursive: true, force: true }))

/** A mission from its creation to a finished and to a rejected work package. */
async function captureEverything(): Promise<readonly Captured[]> {
  const project = join(folder, 'Project of Ours')
  await mkdir(project)
  await writeFile(join(project, 'review.md'), '# Not yet\n')
  const env = {
    HOME: folder,
    SPEC_KITTY_HOME: join(folder, 'home'),
    PATH: process.env['PATH'] ?? '',
  }
  const run = async (...words: string[]): Promise<string> =>
    (await execa(process.execPath, [program, ...words], { cwd: project, env, extendEnv: false }))
      .stdout
  const move = (wp: string, ...words: string[]): Promise<string> =>
    run('agent', 'tasks', 'move-task', wp, '--actor', 'reviewer', '--to', ...words)
  await run('agent', 'mission', 'create', 'payment-retries', '--work-packages', '2')
  const mission = join(project, 'kitty-specs', 'payment-retries')
  for (const name of ['research.md', 'notes.md', 'contracts/a.md', 'checklists/b.md'])
    await mkdir(join(mission, name, '..'), { recursive: true }).then(() =>
      writeFile(join(mission, name), '# Text\n'),
    )
  await run('agent', 'mission', 'setup-plan')
  for (const lane of ['claimed', 'in_progress', 'for_review', 'in_review', 'approved', 'done'])
    await move('WP01', lane, '--note', 'as planned')
  await move('WP02', 'in_review', '--force')
  await move('WP02', 'planned', '--review-feedback-file', 'review.md')
  await move('WP02', 'done', '--force')
  const { events: listed } = JSON.parse(await run('sync', 'journal', 'list', '--json')) as {
    events: { envelope: Captured }[]
  }
  return listed.map(({ envelope }) => envelope)
}

/** The package's own schemas by name; the reason where the index does not give it. */
async function publishedSchemas(version: string): Promise<ReadonlyMap<string, object> | string> {
  try {
    const files = (await readPublished(await indexOfPip(), 'spec-kitty-events')).get(version) ?? []
    const wheel = files.find(({ packagetype }) => packagetype === 'bdist_wheel')
    if (wheel === undefined) return `the index has no spec-kitty-events ${version}`
    const entries = unzipSync(await download(wheel), {
      filter: ({ name }) => name.startsWith('spec_kitty_events/schemas/'),
    })
    return new Map(
      Object.entries(entries)
        .filter(([name]) => name.endsWith('.schema.json'))
        .map(([name, bytes]) => [
          name.replace(/^.*\/|\.schema\.json$/g, ''),
          JSON.parse(strFromU8(bytes)) as object,
        ]),
    )
  } catch (error) {
    if (error instanceof GateStop) return error.report.what
    throw error
  }
}

for (const version of ['5.1.0', '6.1.0'])
  spec(
    ['SYNC/T013', 'GATE/FR-007'],
    `everything that the engine captures is valid by the schemas of spec-kitty-events ${version}`,
    async ({ skip }) => {
      const published = await publishedSchemas(version)
      if (typeof published === 'string') return skip(published)
      const ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true }))
      const problems = events.flatMap((event) =>
        [
          ['event', event],
          [schemas[event.event_type] ?? event.event_type, event.payload],
        ].flatMap(([name, value]) => {
          const schema = published.get(name as string)
          if (schema === undefined) return [`${name as string}: no such schema`]
          return ajv.validate(schema, value) ? [] : [`${event.event_type}: ${ajv.errorsText()}`]
        }),
      )
      expect(problems).toEqual([])
      expect(new Set(events.map(({ event_type: type }) => type))).toEqual(
        new Set(Object.keys(schemas)),
      )
    },
  )

const STRANGE: readonly unknown[] = [
  null,
  '',
  'x',
  0,
  -1,
  1.5,
  true,
  [],
  ['x'],
  {},
  { mood: 'good' },
]

/** The payload itself, and it with each field, on two levels, left out or turned into something else. */
function variants(payload: Payload): Payload[] {
  const fields = Object.keys(payload)
  const without = (field: string): Payload =>
    Object.fromEntries(Object.entries(payload).filter(([name]) => name !== field))
  return [
    payload,
    { ...payload, mood: 'good' },
    ...fields.map(without),
    ...fields.flatMap((field) => STRANGE.map((value) => ({ ...payload, [field]: value }))),
    ...fields.flatMap((field) => {
      const inner = payload[field]
      const isNested = typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      return isNested ? variants(inner as Payload).map((one) => ({ ...payload, [field]: one })) : []
    }),
  ]
}

for (const version of ['5.1.0', '6.1.0'] as const)
  spec(
    ['SYNC/T034', 'GATE/FR-007'],
    `the service of the rehearsal refuses what the schemas of spec-kitty-events ${version} refuse, and nothing else`,
    async ({ skip }) => {
      const published = await publishedSchemas(version)
      if (typeof published === 'string') return skip(published)
      const ajv = addFormats.default(new Ajv2020({ strict: false }))
      const eventsContract = version === '5.1.0' ? '5.1' : '6.1'
      const captured = events.map(({ event_type: type, payload }) => [type, payload] as const)
      const samples = Object.entries(TYPES).flatMap(([type, { least, wrong }]) => [
        [type, least] as const,
        ...Object.entries(wrong).map(
          ([field, value]) => [type, { ...least, [field]: value }] as const,
        ),
      ])
      const disagreements = [...captured, ...samples].flatMap(([type, payload]) => {
        const schema = published.get({ ...schemas, ...foreignSchemas }[type] ?? type)!
        return variants(payload).flatMap((variant) => {
          const rules = { surplusFields: 'refused', eventsContract } as const
          const ours = checkEvent(event({ event_type: type, payload: variant }), rules)
          const theirs = ajv.validate(schema, variant)
          return ours.ok === theirs
            ? []
            : [`${type}: ${ours.ok ? 'taken' : ours.error} ${JSON.stringify(variant)}`]
        })
      })
      expect(disagreements.slice(0, 20)).toEqual([])
    },
  )

spec(
  'SYNC/T013',
  'what the events package demands beyond its schemas holds too: evidence of an acceptance, a reason for force',
  () => {
    const moves = events
      .filter(({ event_type: type }) => type === 'WPStatusChanged')
      .map(({ payload }) => payload)
    const accepted = moves.filter(({ to_lane: to }) => to === 'approved' || to === 'done')
    expect(accepted).toHaveLength(3)
    for (const { evidence } of accepted)
      expect(evidence).toMatchObject({ repos: [{}], review: { reviewer: 'reviewer' } })
    for (const { reason } of moves.filter(({ force }) => force === true))
      expect(reason).toMatch(/\S/)
  },
)
