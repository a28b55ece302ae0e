import { execa } from 'execa'
import fc from 'fast-check'
import { createServer } from 'node:net'
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { cliWorld, PROGRAM, type CliWorld } from '../../fixtures/cli/world.ts'
import { layLogin } from '../../fixtures/cli/login.ts'
import {
  decideMove,
  LANES,
  type MoveRequest,
} from '../../packages/sync-engine/src/mission/lanes.ts'
import { envelopeProblems } from '../../packages/batch-contract/src/index.ts'
import { spec } from '../spec.ts'

async function inReview(world: CliWorld): Promise<void> {
  await world.call('agent mission create demo')
  for (const lane of ['claimed', 'in_progress', 'for_review', 'in_review'])
    expect((await world.call(`agent tasks move-task WP01 --to ${lane}`)).code).toBe(0)
}

async function newest(world: CliWorld): Promise<Record<string, unknown>> {
  const listed = await world.call(
    'sync journal list --json --newest --type WPStatusChanged --limit 1',
  )
  const [event] = listed.json['events'] as { envelope: { payload: Record<string, unknown> } }[]
  return event!.envelope.payload
}

spec(
  'SYNC/C-008',
  'a rejected review is the newest captured change, forced, with the reason that the reviewer gave',
  async () => {
    await using world = cliWorld()
    await inReview(world)
    writeFileSync(join(world.project, 'review.md'), '# The retry has no test\n\nPlease add one.\n')
    const moved = await world.call(
      'agent tasks move-task WP01 --to planned --review-feedback-file review.md --json',
      {
        PWD: world.project,
      },
    )
    expect(moved.code).toBe(2)
    const file = join(world.project, 'review.md')
    const again = await world.call(
      `agent tasks move-task WP01 --to planned --review-feedback-file ${file} --json`,
    )
    expect(again.json).toMatchObject({ old_lane: 'in_review', new_lane: 'planned', force: true })
    expect(await newest(world)).toMatchObject({
      from_lane: 'in_review',
      to_lane: 'planned',
      force: true,
      reason: 'review feedback: The retry has no test',
      review_ref: 'review.md',
    })
  },
)

const request: fc.Arbitrary<MoveRequest> = fc.record({
  from: fc.constantFrom(...LANES),
  to: fc.constantFrom(...LANES),
  actor: fc.constantFrom('robin', 'kim', ' '),
  force: fc.boolean(),
  note: fc.constantFrom('', ' ', 'because'),
  feedback: fc.constantFrom(undefined, '', 'needs tests'),
  reviewRef: fc.constantFrom(undefined, 'review.md'),
  openTasks: fc.nat({ max: 2 }),
  holder: fc.constantFrom(undefined, 'robin', 'kim'),
})

spec(
  'SYNC/C-008',
  'whatever is asked, an accepted move is an event that the contract accepts',
  () => {
    fc.assert(
      fc.property(request, (asked) => {
        const decision = decideMove(asked)
        if (decision.kind !== 'move') return
        const { force, reason } = decision
        const lanes = { from_lane: asked.from, to_lane: asked.to, actor: asked.actor }
        const rest = { wp_id: 'WP01', mission_slug: 'm', review_ref: null, evidence: null }
        const payload = { ...lanes, ...rest, force, reason, execution_mode: 'worktree' }
        const problems = envelopeProblems({ event_type: 'WPStatusChanged', payload })
        expect(problems.filter((problem) => problem.startsWith('payload.'))).toEqual([])
        if (decision.force) expect(decision.reason?.trim()).toBeTruthy()
      }),
      { numRuns: 2_000 },
    )
  },
)

spec(
  'SYNC/T077',
  'a move against the rules says which moves there are, and captures nothing',
  async () => {
    await using world = cliWorld()
    await world.call('agent mission create demo')
    const refused = await world.call('agent tasks move-task WP01 --to done --json')
    expect(refused.json).toMatchObject({ error_code: 'move-refused' })
    expect(refused.json['remediation']).toEqual([
      expect.stringContaining('claimed, blocked, canceled'),
    ])
    expect((await world.call('agent tasks move-task WP01 --to nowhere --json')).json).toMatchObject(
      { error_code: 'lane-unknown' },
    )
    expect((await world.call('agent tasks move-task WP09 --to claimed --json')).json).toMatchObject(
      { error_code: 'no-work-package' },
    )
    expect((await world.call('sync journal list --json --type WPStatusChanged')).json).toEqual({
      ok: true,
      events: [],
    })
  },
)

spec(
  'SYNC/T077',
  'open tasks keep a package out of review unless it is forced with a word',
  async () => {
    await using world = cliWorld()
    await world.call('agent mission create demo')
    appendFileSync(
      join(world.project, 'kitty-specs', 'demo', 'tasks', 'WP01.md'),
      '\n- [ ] write the test\n',
    )
    for (const lane of ['claimed', 'in_progress'])
      await world.call(`agent tasks move-task WP01 --to ${lane}`)
    const refused = await world.call('agent tasks move-task WP01 --to for_review --json')
    expect(refused.json['error']).toContain('1 tasks are not ticked')
    const forced = await world.call(
      "agent tasks move-task WP01 --to for_review --force --note 'ticked elsewhere' --json",
    )
    expect(forced.json).toMatchObject({ force: true, reason: 'ticked elsewhere' })
  },
)

spec(
  ['SYNC/FR-017', 'SYNC/SC-009'],
  'a command that changes local state waits for no network, no daemon and no running drain',
  async () => {
    await using world = cliWorld()
    // A server that takes connections and never answers: whoever asks it hangs in the middle.
    const mute = createServer()
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
    const { port } = mute.address() as { port: number }
    const url = `http://127.0.0.1:${port}`
    const asked = new Promise((resolve) => mute.once('connection', resolve))
    await world.call(`sync server ${url}`)
    layLogin(world.home, url)
    await inReview(world)
    const drain = execa(process.execPath, [PROGRAM, 'sync', 'now'], {
      cwd: world.project,
      env: world.env,
      extendEnv: false,
      reject: false,
    })
    let hasEnded = false
    void drain.then(() => (hasEnded = true))
    try {
      await asked
      const since = Date.now()
      const moved = await world.call('agent tasks move-task WP01 --to approved --note fine --json')
      expect(moved.json).toMatchObject({ new_lane: 'approved' })
      expect((await world.call('agent mission setup-plan')).code).toBe(0)
      expect((await world.call('sync status --json')).code).toBe(0)
      expect(Date.now() - since).toBeLessThan(3_000)
      expect(hasEnded).toBe(false)
    } finally {
      drain.kill('SIGKILL')
      await drain
      mute.close()
    }
  },
)
