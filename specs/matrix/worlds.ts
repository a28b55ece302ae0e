/* eslint max-lines: "off" -- one table, kept whole: a reader finds every broken world on one page, and
   adds a row where it belongs. */
import type { PublishedCandidate, Change, WorldFaults } from '../../fixtures/rehearsal/faults.ts'
import type { BrokenWorld } from './broken-world.ts'

/** Places in a rehearsal's workspace. */
const attempts = 'e2e/artifacts/sync_identity_boundary'
const queue = 'home/.spec-kitty/queue.db'

/** The commit that the rehearsal's service runs. */
const deployed = '7f2c9b41d08e6a35c1f4be20937d58a6e0c4b1d9'

/** Requirements that look at the deployment, in their order. */
const looks = ['FR-005', 'FR-008', 'NFR-002', 'NFR-005', 'C-002', 'FR-011', 'FR-014'] as const

/** A file of the harness that is in its commit. */
const readme = 'e2e/README.md'

const showingRc15: Change[] = ['runs/run-1.json', 'latest.json'].map((name) => {
  return { do: 'copy', from: `${attempts}/rc15-attempt1/run-1.json`, to: `${attempts}/${name}` }
})

/*
 * The rows stand in the order in which the gate would stop. To add one: name it, say what it stands
 * for, write what is wrong as data (fixtures/rehearsal/faults.ts), and where the gate must stop.
 */
export const worlds: readonly BrokenWorld[] = [
  // C-006 · the two pull requests are merged already
  {
    name: 'pull request 42 is open',
    covers: 'C-006: the merge is a no-op only if it is merged',
    faults: { github: { unmerged: [42] } },
    ...{ stopsAt: 'GATE/C-006', verdict: 'blocked', code: 'pull-request-not-merged' },
  },
  {
    name: 'pull request 44 is open',
    covers: 'C-006: the merge is a no-op only if it is merged',
    faults: { github: { unmerged: [44] } },
    ...{ stopsAt: 'GATE/C-006', verdict: 'blocked', code: 'pull-request-not-merged' },
  },
  {
    name: 'pull request 42 was merged into another branch',
    covers: 'C-006: merged to main',
    faults: { github: { mergedElsewhere: [42] } },
    ...{ stopsAt: 'GATE/C-006', verdict: 'blocked', code: 'pull-request-not-merged' },
    says: 'not into main',
  },
  {
    name: 'GitHub is out of reach',
    covers: 'GitHub failure: no connection',
    faults: { world: { github: { apiUrl: 'http://127.0.0.1:9' } } },
    ...{ stopsAt: 'GATE/C-006', verdict: 'inconclusive', code: 'github-unreachable' },
  },

  // FR-001 · both blockers are closed
  {
    name: '1141 is open',
    covers: 'seed 001, exception: blocker still open',
    faults: { github: { issues: { '1141': { state: 'open' } } } },
    ...{ stopsAt: 'GATE/FR-001', verdict: 'blocked', code: 'blocker-open' },
  },
  {
    name: '1182 is open',
    covers: 'seed 001, exception: blocker still open',
    faults: { github: { issues: { '1182': { state: 'open' } } } },
    ...{ stopsAt: 'GATE/FR-001', verdict: 'blocked', code: 'blocker-open' },
  },
  {
    name: 'both blockers are open',
    covers: 'seed 002: IDLE to STOPPED, either blocker open',
    faults: { github: { issues: { '1141': { state: 'open' }, '1182': { state: 'open' } } } },
    ...{ stopsAt: 'GATE/FR-001', verdict: 'blocked', code: 'blocker-open' },
  },
  {
    name: '1141 was closed as not planned',
    covers: 'FR-001: closed because it is solved, not because somebody gave up',
    faults: { github: { issues: { '1141': { stateReason: 'not_planned' } } } },
    ...{ stopsAt: 'GATE/FR-001', verdict: 'blocked', code: 'blocker-not-solved' },
  },
  {
    name: '1141 was transferred to another repository',
    covers: 'GitHub failure: an issue that has another number now',
    faults: { github: { transferredIssues: [1141] } },
    ...{ stopsAt: 'GATE/FR-001', verdict: 'inconclusive', code: 'github-transferred' },
  },
  {
    name: 'reading 1141 is answered 401',
    covers: 'GitHub failure: 401',
    faults: { github: { faults: [{ on: 'GET issue 1141', fault: '401' }] } },
    ...{ stopsAt: 'GATE/FR-001', verdict: 'inconclusive', code: 'github-unauthorized' },
  },
  {
    name: 'reading 1141 needs a scope',
    covers: 'GitHub failure: 403 for a missing scope',
    faults: { github: { faults: [{ on: 'GET issue 1141', fault: '403-scope' }] } },
    ...{ stopsAt: 'GATE/FR-001', verdict: 'inconclusive', code: 'github-forbidden' },
  },
  {
    name: '1182 does not exist',
    covers: 'GitHub failure: 404',
    faults: { github: { faults: [{ on: 'GET issue 1182', fault: '404' }] } },
    ...{ stopsAt: 'GATE/FR-001', verdict: 'inconclusive', code: 'github-not-found' },
  },
  {
    name: '1182 was deleted',
    covers: 'GitHub failure: 410',
    faults: { github: { faults: [{ on: 'GET issue 1182', fault: '410' }] } },
    ...{ stopsAt: 'GATE/FR-001', verdict: 'inconclusive', code: 'github-not-found' },
  },
  {
    name: 'the rate limit ends in an hour',
    covers: 'GitHub failure: rate limit longer than the gate waits',
    faults: {
      github: {
        faults: [{ on: 'GET issue 1141', fault: '403-rate-limit', retryAfterSeconds: 3600 }],
      },
    },
    ...{ stopsAt: 'GATE/FR-001', verdict: 'inconclusive', code: 'github-rate-limited' },
  },
  {
    name: 'GitHub keeps failing',
    covers: 'GitHub failure: 502 on every read',
    faults: { github: { faults: [{ on: 'GET issue 1182', fault: '502-before-write' }] } },
    ...{ stopsAt: 'GATE/FR-001', verdict: 'inconclusive', code: 'github-server-error' },
  },
  {
    name: 'a proxy answers with a web page',
    covers: 'GitHub failure: an answer that is not JSON',
    faults: { github: { faults: [{ on: 'GET issue 1141', fault: 'not-json' }] } },
    ...{ stopsAt: 'GATE/FR-001', verdict: 'inconclusive', code: 'github-unreadable' },
  },
  {
    name: 'half of an answer arrives',
    covers: 'GitHub failure: an answer that is cut off',
    faults: { github: { faults: [{ on: 'GET issue 1141', fault: 'cut-off' }] } },
    ...{ stopsAt: 'GATE/FR-001', verdict: 'inconclusive', code: 'github-unreadable' },
  },
  {
    name: 'GitHub is too slow',
    covers: 'GitHub failure: slow answers',
    faults: {
      github: { faults: [{ on: 'GET issue 1141', fault: 'slow-before-write', delayMs: 4000 }] },
      world: { github: { timeoutMs: 700 } },
    },
    ...{ stopsAt: 'GATE/FR-001', verdict: 'inconclusive', code: 'github-timeout' },
  },
  {
    name: 'GitHub stumbles while it is read',
    covers: 'GitHub failure: 429, secondary limit, 502 and a reset, each once',
    faults: {
      github: {
        faults: [
          { on: 'GET pull 42', nth: 1, fault: '429', retryAfterSeconds: 1 },
          { on: 'GET issue 1141', nth: 1, fault: '403-secondary-limit', retryAfterSeconds: 1 },
          { on: 'GET issue 1182', nth: 1, fault: '502-before-write' },
          { on: 'POST graphql', nth: 1, fault: 'reset-before-write' },
        ],
      },
    },
    releases: true,
  },
  {
    name: 'the repository has moved',
    covers: 'GitHub failure: a transfer redirect (301) is normal',
    faults: { github: { transferred: true } },
    releases: true,
  },

  // FR-002 · the fixes are substantive
  {
    name: '1141 was closed by a breadcrumb',
    covers: 'seed 001, exception: fix is diagnostic-only',
    faults: fix('1141', 'diagnostic-only'),
    ...{ stopsAt: 'GATE/FR-002', verdict: 'fail', code: 'fix-test-does-not-discriminate' },
  },
  {
    name: 'the fix of 1141 has no test',
    covers: 'seed 000, decision 1: at least one test',
    faults: fix('1141', 'test-missing'),
    ...{ stopsAt: 'GATE/FR-002', verdict: 'fail', code: 'fix-no-test' },
  },
  {
    name: 'the test of 1141 passes without the fix',
    covers: 'seed 000, decision 1: fails before, passes after',
    faults: fix('1141', 'test-passes-before'),
    ...{ stopsAt: 'GATE/FR-002', verdict: 'fail', code: 'fix-test-does-not-discriminate' },
  },
  {
    name: 'the test of 1141 fails with the fix',
    covers: 'seed 000, decision 1: passes on the post-fix code',
    faults: fix('1141', 'test-fails-after'),
    ...{ stopsAt: 'GATE/FR-002', verdict: 'inconclusive', code: 'fix-needs-review' },
  },
  {
    name: 'the test of 1141 cannot be loaded without the fix',
    covers: 'fail-to-pass by a load error only is inconclusive',
    faults: fix('1141', 'test-unloadable-before'),
    ...{ stopsAt: 'GATE/FR-002', verdict: 'inconclusive', code: 'fix-not-provable' },
  },
  {
    name: 'the test of 1141 is skipped',
    covers: 'a skipped test is no pass',
    faults: fix('1141', 'test-skipped'),
    ...{ stopsAt: 'GATE/FR-002', verdict: 'fail', code: 'fix-no-discriminating-test' },
  },
  {
    name: 'the fix of 1141 changes another function',
    covers: 'seed 000, decision 1: the queue path',
    faults: fix('1141', 'other-function'),
    ...{ stopsAt: 'GATE/FR-002', verdict: 'fail', code: 'fix-not-in-queue-path' },
  },
  {
    name: 'the fix of 1141 breaks an old test',
    covers: 'what passed before must still pass',
    faults: fix('1141', 'breaks-old-test'),
    ...{ stopsAt: 'GATE/FR-002', verdict: 'inconclusive', code: 'fix-needs-review' },
  },
  {
    name: 'nothing closed 1141',
    covers: 'a closed issue without a closing change is a stop',
    faults: fix('1141', 'not-linked'),
    ...{ stopsAt: 'GATE/FR-002', verdict: 'blocked', code: 'no-closing-change' },
  },
  {
    name: '1141 was re-opened after its fix and closed by hand',
    covers: 'a fix from before the last re-opening is one that did not hold',
    faults: { github: { issues: { '1141': { reopenedAt: ['2026-11-01T08:00:00Z'] } } } },
    ...{ stopsAt: 'GATE/FR-002', verdict: 'blocked', code: 'no-closing-change' },
  },
  {
    name: '1182 was closed by a longer timeout',
    covers: 'seed 000, decision 2: option B is rejected',
    faults: fix('1182', 'timeout-only'),
    ...{ stopsAt: 'GATE/FR-002', verdict: 'fail', code: 'fix-not-in-queue-path' },
  },
  {
    name: 'the fix of 1182 has no test',
    covers: 'seed 000, decision 2, with a test that fails without it',
    faults: fix('1182', 'test-missing'),
    ...{ stopsAt: 'GATE/FR-002', verdict: 'fail', code: 'fix-no-test' },
  },
  {
    name: 'the test of 1182 passes without the fix',
    covers: 'seed 000, decision 2, with a test that fails without it',
    faults: fix('1182', 'test-passes-before'),
    ...{ stopsAt: 'GATE/FR-002', verdict: 'fail', code: 'fix-test-does-not-discriminate' },
  },
  {
    name: 'nothing closed 1182',
    covers: 'a closed issue without a closing change is a stop',
    faults: fix('1182', 'not-linked'),
    ...{ stopsAt: 'GATE/FR-002', verdict: 'blocked', code: 'no-closing-change' },
  },
  {
    name: 'the test runner is missing',
    covers: 'no proof of execution is inconclusive',
    faults: { world: { fixes: { testCommand: ['no-such-runner', '{tests}', '{report}'] } } },
    ...{ stopsAt: 'GATE/FR-002', verdict: 'inconclusive', code: 'fix-not-provable' },
  },
  {
    name: 'a criterion cannot be read',
    covers: "an operator's mistake in the configuration",
    faults: { world: { fixes: { criteria: { '1141': '{workspace}/no-such-criterion.json' } } } },
    ...{ stopsAt: 'GATE/FR-002', verdict: 'inconclusive', code: 'criterion-unreadable' },
  },

  // FR-003 · the newest candidate after rc15 is installed
  {
    name: 'rc15 is still the newest candidate',
    covers: 'seed 000, decision 3: stop, never cut',
    faults: { index: { candidates: [] }, histories: { tags: { 'v3.2.0rc16': 'absent' } } },
    ...{ stopsAt: 'GATE/FR-003', verdict: 'blocked', code: 'no-new-candidate' },
  },
  {
    name: 'rc16 is tagged but not published',
    covers: 'FR-003: from the index',
    faults: { index: { candidates: [] } },
    ...{ stopsAt: 'GATE/FR-003', verdict: 'blocked', code: 'no-new-candidate' },
  },
  {
    name: 'rc16 is published but not tagged',
    covers: 'NFR-004: a build without a commit',
    faults: { histories: { tags: { 'v3.2.0rc16': 'absent' } } },
    ...{ stopsAt: 'GATE/FR-003', verdict: 'blocked', code: 'no-new-candidate' },
  },
  {
    name: 'rc16 was yanked',
    covers: 'FR-003: a withdrawn candidate is not one',
    faults: published({ version: '3.2.0rc16', yanked: 'wrong build' }),
    ...{ stopsAt: 'GATE/FR-003', verdict: 'blocked', code: 'no-new-candidate' },
  },
  {
    name: 'only the final 3.2.0 is new',
    covers: 'C-001: no final release',
    faults: {
      ...published({ version: '3.2.0' }),
      histories: { tags: { 'v3.2.0rc16': 'absent', 'v3.2.0': 'rc16' } },
    },
    ...{ stopsAt: 'GATE/FR-003', verdict: 'blocked', code: 'no-new-candidate' },
  },
  {
    name: 'rc16 was tagged before the baseline',
    covers: 'C-005, NFR-004: at or after the baseline, by ancestry',
    faults: { histories: { tags: { 'v3.2.0rc16': 'rc10' } } },
    ...{ stopsAt: 'GATE/FR-003', verdict: 'blocked', code: 'no-new-candidate' },
  },
  {
    name: 'the tag of rc16 was moved since the last run',
    covers: 'a tag that moves stands for nothing',
    faults: { earlierRun: { tag: 'v3.2.0rc16', version: '3.2.0rc16', commit: 'a'.repeat(40) } },
    ...{ stopsAt: 'GATE/FR-003', verdict: 'blocked', code: 'no-new-candidate' },
  },
  {
    name: 'a later candidate is published and the clone lacks its tag',
    covers: 'FR-003: the newest candidate, and not the newest that was fetched',
    faults: {
      index: { candidates: [{ version: '3.2.0rc16' }, { version: '3.2.0rc17' }] },
      github: { unfetchedTags: ['v3.2.0rc17'] },
    },
    ...{ stopsAt: 'GATE/FR-003', verdict: 'inconclusive', code: 'clone-not-fetched' },
  },
  {
    name: 'the wheel is replaced when everything is proven',
    covers: 'issue of unknown holds: what the verdict rests on is looked at again',
    faults: { incidents: [look('FR-014', { do: 'replace-wheel', version: '3.2.0rc16' })] },
    ...{ stopsAt: 'GATE/FR-003', verdict: 'blocked', code: 'candidate-superseded', late: true },
  },
  {
    name: 'the index does not answer',
    covers: 'the environment keeps the gate from finding out',
    faults: { world: { candidate: { indexUrl: 'http://127.0.0.1:9' } } },
    ...{ stopsAt: 'GATE/FR-003', verdict: 'inconclusive', code: 'index-unreadable' },
  },
  {
    name: 'the wheel is not the one that the index names',
    covers: 'NFR-004: the digest of what is installed',
    faults: published({ version: '3.2.0rc16', trouble: 'wrong-digest' }),
    ...{ stopsAt: 'GATE/FR-003', verdict: 'inconclusive', code: 'installation-failed' },
  },
  {
    name: 'the wheel is gone from the index',
    covers: 'the installer fails',
    faults: published({ version: '3.2.0rc16', trouble: 'removed' }),
    ...{ stopsAt: 'GATE/FR-003', verdict: 'inconclusive', code: 'installation-failed' },
  },
  {
    name: 'the wheel is damaged',
    covers: 'the installer fails',
    faults: published({ version: '3.2.0rc16', trouble: 'corrupted' }),
    ...{ stopsAt: 'GATE/FR-003', verdict: 'inconclusive', code: 'installation-failed' },
  },
  {
    name: 'the disk is full',
    covers: 'the installer fails',
    faults: { installer: 'fails' },
    ...{ stopsAt: 'GATE/FR-003', verdict: 'inconclusive', code: 'installation-failed' },
  },
  {
    name: 'the installer is missing',
    covers: 'a tool is missing',
    faults: { world: { candidate: { installer: { command: ['no-such-pipx'] } } } },
    ...{ stopsAt: 'GATE/FR-003', verdict: 'inconclusive', code: 'installation-failed' },
  },
  {
    name: 'the installation has no program',
    covers: 'an earlier candidate had lost its binary',
    faults: { installer: 'lost-binary' },
    ...{ stopsAt: 'GATE/FR-003', verdict: 'fail', code: 'version-unreadable' },
  },
  {
    name: 'the installation has no interpreter',
    covers: 'an earlier candidate had lost its interpreter',
    faults: { installer: 'lost-python' },
    ...{ stopsAt: 'GATE/FR-004', verdict: 'fail', code: 'import-failed' },
  },
  {
    name: 'the installer does nothing and says that it did',
    covers: 'an exit code proves nothing',
    faults: { installer: 'does-nothing' },
    ...{ stopsAt: 'GATE/FR-003', verdict: 'fail', code: 'version-unreadable' },
  },
  {
    name: 'rc16 calls itself rc15',
    covers: 'FR-003: the version that the program prints',
    faults: published({ version: '3.2.0rc16', saysVersion: '3.2.0rc15' }),
    ...{ stopsAt: 'GATE/FR-003', verdict: 'fail', code: 'version-differs' },
  },
  {
    name: 'the program cannot start',
    covers: 'FR-003: the version that the program prints',
    faults: faulty('crashes-at-start'),
    ...{ stopsAt: 'GATE/FR-003', verdict: 'fail', code: 'version-unreadable' },
  },
  {
    name: 'the events package has no tag',
    covers: 'tracker comment: tag and commit of the events package',
    faults: published({ version: '3.2.0rc16', eventsVersion: '5.9.0' }),
    ...{ stopsAt: 'GATE/FR-003', verdict: 'inconclusive', code: 'events-version-unknown' },
  },

  // NFR-004 · what is installed is what was tagged, and it has both fixes in it
  {
    name: 'the fix of 1141 was merged after the candidate was tagged',
    covers: 'seed 001, key entities: the candidate contains both fixes',
    faults: fix('1141', 'after-the-candidate'),
    ...{ stopsAt: 'GATE/NFR-004', verdict: 'fail', code: 'build-not-traceable' },
  },
  {
    name: 'the fix of 1182 was merged after the candidate was tagged',
    covers: 'seed 001, key entities: the candidate contains both fixes',
    faults: fix('1182', 'after-the-candidate'),
    ...{ stopsAt: 'GATE/NFR-004', verdict: 'fail', code: 'build-not-traceable' },
  },
  {
    name: 'a later change switches the fix of 1141 off',
    covers: 'issue of unknown holds: a fix is proven in the tree of the candidate',
    faults: fix('1141', 'switched-off-later'),
    ...{ stopsAt: 'GATE/NFR-004', verdict: 'fail', code: 'fix-broken-in-candidate' },
  },
  {
    name: 'the installer leaves another module than the wheel has',
    covers: 'NFR-004: the installation is what its RECORD says',
    faults: { installer: 'tampers' },
    ...{ stopsAt: 'GATE/NFR-004', verdict: 'fail', code: 'build-not-traceable' },
  },

  // FR-004 · the boundary modules import, the status has its keys
  {
    name: 'the owner module is missing',
    covers: 'FR-004: specify_cli.sync.owner',
    faults: faulty('missing-owner-module'),
    ...{ stopsAt: 'GATE/FR-004', verdict: 'fail', code: 'import-failed' },
  },
  {
    name: 'the preflight module is missing',
    covers: 'FR-004: specify_cli.sync.preflight',
    faults: faulty('missing-preflight-module'),
    ...{ stopsAt: 'GATE/FR-004', verdict: 'fail', code: 'import-failed' },
  },
  {
    name: 'the owner module does not load',
    covers: 'FR-004: imports cleanly',
    faults: faulty('owner-import-error'),
    ...{ stopsAt: 'GATE/FR-004', verdict: 'fail', code: 'import-failed' },
  },
  {
    name: 'the status lacks keys',
    covers: 'every missing key is named',
    faults: faulty('status-lacks-keys'),
    ...{ stopsAt: 'GATE/FR-004', verdict: 'fail', code: 'status-key-missing' },
  },
  {
    name: 'the status is not JSON',
    covers: 'the status is parsed',
    faults: faulty('status-is-no-json'),
    ...{ stopsAt: 'GATE/FR-004', verdict: 'fail', code: 'status-unreadable' },
  },

  // FR-005 · the service is healthy
  {
    name: 'the service is out of reach',
    covers: 'seed 001, exception: preflight fails',
    faults: { service: { faults: [{ route: 'GET /health/', effect: { kind: 'reset' } }] } },
    ...{ stopsAt: 'GATE/FR-005', verdict: 'inconclusive', code: 'service-unreachable' },
  },
  {
    name: 'the service answers 503',
    covers: 'seed 000, triage: readiness 503',
    faults: {
      service: {
        faults: [{ route: 'GET /health/ready/', effect: { kind: 'answer', status: 503 } }],
      },
    },
    ...{ stopsAt: 'GATE/FR-005', verdict: 'blocked', code: 'service-degraded' },
  },
  {
    name: 'the service stumbles once',
    covers: 'a 503 is looked at once more',
    faults: {
      service: {
        faults: [
          { route: 'GET /health/ready/', nth: [1], effect: { kind: 'answer', status: 503 } },
        ],
      },
    },
    releases: true,
  },
  {
    name: 'the service hangs',
    covers: 'a time-out is looked at once more, then stops',
    faults: {
      service: { faults: [{ route: 'GET /health/', delayMs: 3000, effect: { kind: 'slow' } }] },
      world: { service: { timeoutMs: 300 } },
    },
    ...{ stopsAt: 'GATE/FR-005', verdict: 'inconclusive', code: 'service-unreachable' },
  },
  {
    name: 'infra rows have failed',
    covers: 'FR-005, NFR-002: infra count 0',
    faults: { service: { drain: { terminalFailedCount: 3 } } },
    ...{ stopsAt: 'GATE/FR-005', verdict: 'blocked', code: 'infra-terminal-failed' },
  },
  {
    name: 'the service runs older events',
    covers: 'FR-005: events 5.1.0 or newer',
    faults: { service: { deployment: { eventsVersion: '5.0.9' } } },
    ...{ stopsAt: 'GATE/FR-005', verdict: 'blocked', code: 'events-version-too-old' },
  },
  {
    name: 'the service does not tell its commit',
    covers: 'comment on 41: image and SHA',
    faults: {
      service: {
        faults: [{ route: 'GET /health/', effect: { kind: 'patch', body: { git_sha: null } } }],
      },
    },
    ...{ stopsAt: 'GATE/FR-005', verdict: 'inconclusive', code: 'service-schema' },
  },
  {
    name: 'the service answers with a sign-in page',
    covers: 'FR-005: 200 alone says nothing',
    faults: {
      service: {
        faults: [
          { route: 'GET /health/', effect: { kind: 'answer', status: 200, body: '<html></html>' } },
        ],
      },
    },
    ...{ stopsAt: 'GATE/FR-005', verdict: 'inconclusive', code: 'service-schema' },
  },
  {
    name: 'the service redirects to another host',
    covers: 'FR-005: 200, and from this service',
    faults: {
      service: {
        faults: [
          {
            route: 'GET /health/ready/',
            effect: { kind: 'answer', status: 302, headers: { location: 'http://127.0.0.1:9/' } },
          },
        ],
      },
    },
    ...{ stopsAt: 'GATE/FR-005', verdict: 'blocked', code: 'service-degraded', says: 'HTTP 302' },
  },
  {
    name: 'the service answers 200 and says that it is degraded',
    covers: 'FR-005: what the body says',
    faults: {
      service: {
        faults: [
          { route: 'GET /health/', effect: { kind: 'patch', body: { status: 'degraded' } } },
        ],
      },
    },
    ...{ stopsAt: 'GATE/FR-005', verdict: 'blocked', code: 'service-degraded' },
  },
  {
    name: 'the service is ready and one of its dependencies is not',
    covers: 'FR-005: what the body says',
    faults: patchedReady({ redis: { status: 'unreachable' } }),
    ...{ stopsAt: 'GATE/FR-005', verdict: 'blocked', code: 'service-not-ready', says: 'redis' },
  },
  {
    name: 'the service counts in words',
    covers: 'FR-005: no value is guessed',
    faults: patchedReady({ drain_queue: { terminal_failed_count: 'none' } }),
    ...{ stopsAt: 'GATE/FR-005', verdict: 'inconclusive', code: 'service-schema' },
  },
  {
    name: 'the deployed image is unknown',
    covers: 'comment on 41: image and SHA',
    faults: { world: { service: { imageCommand: ['false'] } } },
    ...{ stopsAt: 'GATE/FR-005', verdict: 'inconclusive', code: 'image-unknown' },
  },

  // FR-006 · the 22 rows
  {
    name: 'one of the 22 rows is gone',
    covers: 'FR-006, by count',
    faults: { service: { drain: { businessRuleRejectedCount: 21 } } },
    ...{ stopsAt: 'GATE/FR-006', verdict: 'blocked', code: 'historical-rows-changed' },
  },
  {
    name: 'one of the 22 rows is not listed',
    covers: 'FR-006, by content: the count alone would lie',
    faults: { service: { withoutRows: [7] } },
    ...{ stopsAt: 'GATE/FR-006', verdict: 'blocked', code: 'historical-rows-changed' },
  },
  {
    name: 'one of the 22 rows failed for another reason',
    covers: 'seed 000, triage: verify last_failure_class',
    faults: { service: { changedRows: { '7': { last_failure_class: 'infra' } } } },
    ...{ stopsAt: 'GATE/FR-006', verdict: 'blocked', code: 'historical-rows-changed' },
  },
  {
    name: 'the rows cannot be printed',
    covers: 'the environment keeps the gate from finding out',
    faults: { world: { service: { rowsCommand: ['false'] } } },
    ...{ stopsAt: 'GATE/FR-006', verdict: 'inconclusive', code: 'historical-rows-unreadable' },
  },
  {
    name: 'the rows do not say their state',
    covers: 'FR-006: the rows remain in terminal_failed state',
    faults: printing(Array.from({ length: 22 }, (_, id) => ({ id }))),
    ...{ stopsAt: 'GATE/FR-006', verdict: 'inconclusive', code: 'historical-rows-unclear' },
  },
  {
    name: 'one row is printed 22 times',
    covers: 'FR-006: 22 rows, not one 22 times',
    faults: printing(Array.from({ length: 22 }, () => ({ id: 1, state: 'terminal_failed' }))),
    ...{ stopsAt: 'GATE/FR-006', verdict: 'inconclusive', code: 'historical-rows-unclear' },
  },

  // FR-007 · a single canary run
  {
    name: 'a rollback out of review is swallowed',
    covers: 'seed 001, exception: scenario 4 fails, 1141 is re-opened',
    faults: faulty('coalesces-status'),
    ...{ stopsAt: 'GATE/FR-007', verdict: 'fail', code: 'canary-reopens-1141' },
    reopens: [1141],
  },
  {
    name: 'pending events count as errors',
    covers: 'seed 001, exception: scenarios 1 and 2 fail, 1182 is re-opened',
    faults: faulty('pending-as-error'),
    ...{ stopsAt: 'GATE/FR-007', verdict: 'fail', code: 'canary-reopens-1182' },
    reopens: [1182],
  },
  {
    name: 'both historic defects are back',
    covers: 'rc15 as it was: one scenario of four passes',
    faults: faulty('coalesces-status', 'pending-as-error'),
    ...{ stopsAt: 'GATE/FR-007', verdict: 'fail', code: 'canary-reopens-1141-1182' },
    reopens: [1141, 1182],
  },
  {
    name: 'a foreign daemon is accepted',
    covers: 'scenario 3; neither blocker explains it',
    faults: faulty('accepts-foreign-owner'),
    ...{ stopsAt: 'GATE/FR-007', verdict: 'fail', code: 'canary-failed' },
  },
  {
    name: 'a rollback has no reason',
    covers: 'scenario 4, but not the defect of 1141',
    faults: faulty('rollback-without-reason'),
    ...{ stopsAt: 'GATE/FR-007', verdict: 'fail', code: 'canary-failed' },
  },
  {
    name: 'a rollback is not forced',
    covers: 'scenario 4, but not the defect of 1141',
    faults: faulty('rollback-without-force'),
    ...{ stopsAt: 'GATE/FR-007', verdict: 'fail', code: 'canary-failed' },
  },
  {
    name: 'events of the dossier are lost',
    covers: 'scenario 1: about two dozen events',
    faults: faulty('loses-dossier-events'),
    ...{ stopsAt: 'GATE/FR-007', verdict: 'fail', code: 'canary-failed' },
  },
  {
    name: '1141 is open again before the canary re-opens it',
    covers: 'FR-007: an open blocker only gets the comment',
    faults: {
      ...faulty('coalesces-status'),
      incidents: [before('canary', 1, { do: 'set-issue', number: 1141, state: 'open' })],
    },
    ...{ stopsAt: 'GATE/FR-007', verdict: 'fail', code: 'canary-reopens-1141' },
    reopens: [1141],
  },
  {
    name: 're-opening 1141 is answered 502 after it happened',
    covers: 'GitHub failure: 502 after the write',
    faults: {
      ...faulty('coalesces-status'),
      github: { faults: [{ on: 'PATCH issue 1141', nth: 1, fault: '502-after-write' }] },
    },
    ...{ stopsAt: 'GATE/FR-007', verdict: 'fail', code: 'canary-reopens-1141' },
    reopens: [1141],
  },
  {
    name: 'the harness fails its own tests',
    covers: 'a broken ruler measures nothing',
    faults: { world: { canary: { selfTests: [['false'], ['bash', '-c', 'exit 3']] } } },
    ...{ stopsAt: 'GATE/FR-007', verdict: 'blocked', code: 'harness-self-test' },
  },
  {
    name: 'the harness is missing',
    covers: 'a tool is missing',
    faults: { world: { canary: { command: ['no-such-harness'] } } },
    ...{ stopsAt: 'GATE/FR-007', verdict: 'inconclusive', code: 'canary-not-completed' },
  },
  {
    name: 'the harness hangs',
    covers: 'the environment keeps the gate from finding out',
    faults: { world: { canary: { command: ['bash', '-c', 'sleep 60'], timeoutMs: 1_500 } } },
    ...{ stopsAt: 'GATE/FR-007', verdict: 'inconclusive', code: 'canary-timed-out' },
  },
  {
    name: 'the harness writes nothing',
    covers: 'its exit code is never trusted alone',
    faults: { world: { canary: { command: ['true'] } } },
    ...{ stopsAt: 'GATE/FR-007', verdict: 'inconclusive', code: 'canary-unusable' },
  },
  {
    name: 'the document is of an earlier candidate',
    covers: 'a cached file must not pass',
    faults: { incidents: [afterwards('canary', 1, ...patchSingle({ cli_version: '3.2.0rc15' }))] },
    ...{ stopsAt: 'GATE/FR-007', verdict: 'inconclusive', code: 'canary-unusable' },
    says: 'cli_version is 3.2.0rc15',
  },
  {
    name: 'the document is from last month',
    covers: 'a cached file must not pass',
    faults: {
      incidents: [afterwards('canary', 1, ...patchSingle({ timestamp: '2026-10-21T10:00:00Z' }))],
    },
    ...{ stopsAt: 'GATE/FR-007', verdict: 'inconclusive', code: 'canary-unusable' },
    says: 'lies outside this run',
  },
  {
    name: 'the document is from next year',
    covers: 'a file that cannot be of this run must not pass',
    faults: {
      incidents: [afterwards('canary', 1, ...patchSingle({ timestamp: '2099-10-21T10:00:00Z' }))],
    },
    ...{ stopsAt: 'GATE/FR-007', verdict: 'inconclusive', code: 'canary-unusable' },
    says: 'lies outside this run',
  },
  {
    name: 'the harness shows the document of rc15',
    covers: 'a cached file must not pass, and what failed in it re-opens nothing',
    faults: { incidents: [before('canary', 1, ...showingRc15, { do: 'skip', exitCode: 0 })] },
    ...{ stopsAt: 'GATE/FR-007', verdict: 'inconclusive', code: 'canary-unusable' },
    says: 'of an earlier run: a cached file',
  },
  {
    name: 'the document is a link',
    covers: 'what a link means lies elsewhere',
    faults: {
      incidents: [
        afterwards('canary', 1, {
          ...{ do: 'link', file: `${attempts}/runs/run-1.json`, to: `${attempts}/latest.json` },
        }),
      ],
    },
    ...{ stopsAt: 'GATE/FR-007', verdict: 'inconclusive', code: 'canary-unusable' },
    says: 'no plain file',
  },
  {
    name: 'the document is empty',
    covers: 'what cannot be read must not pass',
    faults: { incidents: [afterwards('canary', 1, ...writeSingle(''))] },
    ...{ stopsAt: 'GATE/FR-007', verdict: 'inconclusive', code: 'canary-unusable' },
    says: 'no JSON document',
  },
  {
    name: 'the document is cut off',
    covers: 'what cannot be read must not pass',
    faults: { incidents: [afterwards('canary', 1, ...writeSingle('{"outcome": "pass", "run_'))] },
    ...{ stopsAt: 'GATE/FR-007', verdict: 'inconclusive', code: 'canary-unusable' },
    says: 'no JSON document',
  },
  {
    name: 'the document says pass and nothing else',
    covers: 'seed 002: CanaryRunResult',
    faults: { incidents: [afterwards('canary', 1, ...writeSingle('{"outcome": "pass"}'))] },
    ...{ stopsAt: 'GATE/FR-007', verdict: 'inconclusive', code: 'canary-unusable' },
    says: 'scenarios:',
  },
  {
    name: 'the document claims to pass although a scenario failed',
    covers: 'seed 002: outcome is pass exactly if all scenarios pass',
    faults: {
      ...faulty('accepts-foreign-owner'),
      incidents: [afterwards('canary', 1, ...patchSingle({ outcome: 'pass' }))],
    },
    ...{ stopsAt: 'GATE/FR-007', verdict: 'inconclusive', code: 'canary-unusable' },
    says: 'although a scenario failed',
  },
  {
    name: 'the harness passes everything and ends with 1',
    covers: 'its exit code is never trusted alone',
    faults: { incidents: [afterwards('canary', 1, { do: 'end', exitCode: 1 })] },
    ...{ stopsAt: 'GATE/FR-007', verdict: 'inconclusive', code: 'canary-exit-code' },
  },
  {
    name: 'the harness ends with 0 although a scenario failed',
    covers: 'its exit code is never trusted alone',
    faults: {
      ...faulty('coalesces-status'),
      incidents: [afterwards('canary', 1, { do: 'end', exitCode: 0 })],
    },
    ...{ stopsAt: 'GATE/FR-007', verdict: 'fail', code: 'canary-reopens-1141' },
    reopens: [1141],
  },

  // FR-008 · four runs in a row
  {
    name: 'the third of the four runs fails',
    covers: 'seed 002: SINGLE_RUN_PASSED to STOPPED',
    faults: {
      incidents: [afterRun(3, { do: 'service-fault', fault: refusing('POST /oauth/device') })],
    },
    ...{ stopsAt: 'GATE/FR-008', verdict: 'fail', code: 'canary-failed' },
  },
  {
    name: 'the service is redeployed between the runs',
    covers: 'comment on 41: image and SHA match the deployment',
    faults: {
      incidents: [
        afterwards('canary', 1, { do: 'deploy', deployment: { gitSha: 'b'.repeat(40) } }),
      ],
    },
    ...{ stopsAt: 'GATE/FR-008', verdict: 'blocked', code: 'service-redeployed' },
  },
  {
    name: 'infra rows fail between the runs',
    covers: 'NFR-002: at each preflight',
    faults: {
      incidents: [afterwards('canary', 1, { do: 'drain', counters: { terminalFailedCount: 1 } })],
    },
    ...{ stopsAt: 'GATE/FR-008', verdict: 'blocked', code: 'infra-terminal-failed' },
  },
  {
    name: 'a historical row is deleted between the runs',
    covers: 'comment on 41: historical count 22 unchanged',
    faults: { incidents: [afterwards('canary', 1, { do: 'delete-row', row: 3 })] },
    ...{ stopsAt: 'GATE/FR-008', verdict: 'fail', code: 'historical-rows-changed' },
  },
  {
    name: 'the latest document is not the fourth run',
    covers: 'four-run protocol: latest.json equals run 4',
    faults: {
      incidents: [
        afterwards('canary', 2, {
          do: 'patch-json',
          file: `${attempts}/latest.json`,
          patch: { run_number: 3 },
        }),
      ],
    },
    ...{ stopsAt: 'GATE/FR-008', verdict: 'inconclusive', code: 'canary-unusable' },
  },
  {
    name: 'one document stands for all four runs',
    covers: 'seed 002: run_number is unique within the protocol',
    faults: {
      incidents: [
        afterwards(
          'canary',
          2,
          ...[2, 3, 4].map((number) => copyOf('runs/run-1.json', `runs/run-${number}.json`)),
          copyOf('runs/run-1.json', 'latest.json'),
        ),
      ],
    },
    ...{ stopsAt: 'GATE/FR-008', verdict: 'inconclusive', code: 'canary-unusable' },
    says: 'run_number is 1, expected 2',
  },
  {
    name: 'a run document is rewritten while the next run is under way',
    covers: 'seed 002, key invariants: written once, never modified',
    faults: { incidents: [afterRun(3, patchRun(1, { note: 'looked at' }))] },
    ...{ stopsAt: 'GATE/FR-008', verdict: 'inconclusive', code: 'canary-unusable' },
    says: 'rewritten after its run had ended',
  },
  {
    name: 'the installed candidate is patched between the runs',
    covers: 'the installation stays as its RECORD says',
    faults: {
      incidents: [
        afterRun(2, {
          do: 'write',
          file: 'pipx/venvs/spec-kitty-cli/lib/python3.11/site-packages/specify_cli/sync/__init__.mjs',
          text: 'export const patched = true\n',
        }),
      ],
    },
    ...{ stopsAt: 'GATE/FR-008', verdict: 'fail', code: 'candidate-changed' },
  },
  {
    name: 'the events package is patched between the runs',
    covers: 'what is installed with the candidate stays as its RECORD says, too',
    faults: {
      incidents: [
        afterRun(2, {
          do: 'write',
          file: 'pipx/venvs/spec-kitty-cli/lib/python3.11/site-packages/spec_kitty_events/__init__.mjs',
          text: 'export const patched = true\n',
        }),
      ],
    },
    ...{ stopsAt: 'GATE/FR-008', verdict: 'fail', code: 'candidate-changed' },
  },
  {
    name: 'a module is laid beside those of the installed candidate between the runs',
    covers: 'the installation stays as its RECORD says: what shadows a module is no part of it',
    faults: {
      incidents: [
        afterRun(2, {
          do: 'write',
          file: 'pipx/venvs/spec-kitty-cli/lib/python3.11/site-packages/specify_cli/sync/more/__init__.mjs',
          text: 'export const added = true\n',
        }),
      ],
    },
    ...{ stopsAt: 'GATE/FR-008', verdict: 'fail', code: 'candidate-changed' },
  },

  {
    name: 'a helper is put next to the harness between the runs',
    covers: 'FR-008: what ran is what was there, also what git does not track',
    faults: {
      incidents: [afterRun(2, { do: 'write', file: 'e2e/scripts/settings.sh', text: 'exit 0\n' })],
    },
    ...{ stopsAt: 'GATE/FR-008', verdict: 'blocked', code: 'harness-changed', late: true },
    says: 'scripts/settings.sh was added',
  },
  {
    name: 'a file of the harness is edited and put back during the suite',
    covers: 'FR-008: what is put back was changed all the same',
    faults: {
      incidents: [
        before('teamspace', 1, { do: 'copy', from: readme, to: 'e2e/artifacts/kept' }),
        before('teamspace', 2, { do: 'write', file: readme, text: 'other\n' }),
        before('teamspace', 3, { do: 'copy', from: 'e2e/artifacts/kept', to: readme }),
      ],
    },
    ...{ stopsAt: 'GATE/FR-008', verdict: 'blocked', code: 'harness-changed', late: true },
    says: 'put back',
  },

  // NFR-002 · ready at every preflight
  {
    name: 'infra rows have failed when the four runs end',
    covers: 'NFR-002: at each preflight',
    faults: {
      incidents: [afterwards('canary', 2, { do: 'drain', counters: { terminalFailedCount: 1 } })],
    },
    ...{ stopsAt: 'GATE/NFR-002', verdict: 'blocked', code: 'infra-terminal-failed' },
  },
  {
    name: 'the image is exchanged during the four runs',
    covers: 'seed 001, assumption 3: no redeployment during the gate',
    faults: { incidents: [afterRun(2, { do: 'deploy', deployment: { image: 'another:latest' } })] },
    ...{ stopsAt: 'GATE/NFR-002', verdict: 'blocked', code: 'service-redeployed' },
  },

  // NFR-001 · zero interventions, measured
  {
    name: 'somebody deletes a queued row between the runs',
    covers: 'NFR-001: local queue deletion',
    faults: {
      incidents: [afterRun(2, { do: 'sql', database: queue, statement: 'DELETE FROM queue' })],
    },
    ...{ stopsAt: 'GATE/NFR-001', verdict: 'fail', code: 'intervention' },
  },
  {
    name: 'somebody replays a row between the runs',
    covers: 'C-003: no replay',
    faults: {
      incidents: [
        afterRun(2, {
          do: 'sql',
          database: queue,
          statement:
            "INSERT INTO queue (event_id, event_type, data, timestamp) VALUES ('r', 'R', '{}', 1)",
        }),
      ],
    },
    ...{ stopsAt: 'GATE/NFR-001', verdict: 'fail', code: 'intervention' },
  },
  {
    name: 'somebody deletes the queue file between the runs',
    covers: 'NFR-001: queue file deletion',
    faults: { incidents: [afterRun(3, { do: 'remove', file: queue })] },
    ...{ stopsAt: 'GATE/NFR-001', verdict: 'fail', code: 'intervention' },
  },
  {
    name: 'somebody edits the configuration between the runs',
    covers: 'NFR-001: what the protocol cannot explain',
    faults: {
      incidents: [
        afterRun(3, {
          do: 'write',
          file: 'home/.spec-kitty/config.toml',
          text: '[sync]\nmax_queue_size = 5\n',
        }),
      ],
    },
    ...{ stopsAt: 'GATE/NFR-001', verdict: 'fail', code: 'intervention' },
  },
  {
    name: 'somebody ends the daemon between the runs',
    covers: 'NFR-001: pkill of the sync daemon',
    faults: {
      incidents: [look('FR-005', { do: 'start-daemon' }), afterRun(2, { do: 'kill-daemon' })],
    },
    ...{ stopsAt: 'GATE/NFR-001', verdict: 'fail', code: 'intervention', says: 'daemon killed' },
  },
  {
    name: 'somebody edits the record of the living daemon between the runs',
    covers: 'FR-009: daemon record surgery',
    faults: {
      incidents: [
        look('FR-005', { do: 'start-daemon' }),
        afterRun(2, {
          do: 'patch-json',
          file: 'home/.spec-kitty/sync/daemon/owner.json',
          patch: { package_version: '3.2.0rc16' },
        }),
      ],
    },
    ...{ stopsAt: 'GATE/NFR-001', verdict: 'fail', code: 'intervention', says: 'record edited' },
  },
  {
    name: 'a deployment is made and taken back during the four runs',
    covers: 'seed 001, assumption 3: neither end of the runs shows it',
    faults: {
      incidents: [
        afterRun(1, { do: 'deploy', deployment: { gitSha: 'b'.repeat(40) } }),
        afterRun(3, { do: 'deploy', deployment: { gitSha: deployed } }),
      ],
    },
    ...{ stopsAt: 'GATE/NFR-001', verdict: 'fail', code: 'intervention', says: 'deployed commit' },
  },
  {
    name: 'somebody raises the ingress cap between the runs',
    covers: 'C-004: the cap is not raised',
    faults: {
      incidents: [
        afterRun(2, { do: 'limits', limits: { maxDecompressedBytesPerBatch: 9_000_000 } }),
      ],
    },
    ...{ stopsAt: 'GATE/NFR-001', verdict: 'fail', code: 'intervention' },
  },

  // FR-010 · evidence
  {
    name: 'the evidence of rc15 is overwritten meanwhile',
    covers: 'FR-010: earlier attempts stay as they are',
    faults: {
      incidents: [
        afterwards('canary', 2, {
          do: 'write',
          file: `${attempts}/rc15-attempt1/run-1.json`,
          text: '{"outcome": "pass"}\n',
        }),
      ],
    },
    overwrites: true,
    ...{ stopsAt: 'GATE/FR-010', verdict: 'fail', code: 'earlier-evidence-changed' },
  },

  // NFR-003 · sealed evidence stays as it is
  {
    name: 'a sealed run file is edited before the suite begins',
    covers: 'NFR-003: zero post-hoc edits',
    faults: {
      incidents: [
        look('NFR-002', {
          do: 'patch-json',
          file: `${attempts}/v3.2.0rc16-attempt1/runs/run-3.json`,
          patch: { run_id: '01KS1W46ZAR9S9RJPQQJAMCV6P' },
        }),
      ],
    },
    overwrites: true,
    ...{ stopsAt: 'GATE/NFR-003', verdict: 'fail', code: 'evidence-modified', says: 'run-3.json' },
  },
  {
    name: 'the manifest is rewritten before the suite begins',
    covers: 'NFR-003: a seal that is exchanged with what it seals',
    faults: {
      incidents: [
        look('NFR-002', {
          do: 'patch-json',
          file: `${attempts}/v3.2.0rc16-attempt1/manifest.json`,
          patch: { sealedAt: '2026-11-01T00:00:00.000Z' },
        }),
      ],
    },
    overwrites: true,
    ...{ stopsAt: 'GATE/NFR-003', verdict: 'fail', code: 'evidence-modified' },
    says: 'manifest changed',
  },

  // FR-013 · the Teamspace suite, with the triage table of seed 000
  {
    name: 'the drain stalls',
    covers: 'seed 000, triage: mission did not materialize',
    faults: { incidents: [before('teamspace', 1, { do: 'drain', counters: { stalled: true } })] },
    ...{ stopsAt: 'GATE/FR-013', verdict: 'fail', code: 'teamspace-not-materialized' },
  },
  {
    name: 'sync is answered 413',
    covers: 'seed 000, triage: HTTP 413 on sync',
    faults: {
      incidents: [
        before('teamspace', 2, { do: 'limits', limits: { maxDecompressedBytesPerBatch: 40 } }),
      ],
    },
    ...{ stopsAt: 'GATE/FR-013', verdict: 'fail', code: 'teamspace-413' },
  },
  {
    name: 'infra rows fail during the suite',
    covers: 'seed 000, triage: readiness 503',
    faults: {
      incidents: [before('teamspace', 1, { do: 'drain', counters: { terminalFailedCount: 2 } })],
    },
    ...{ stopsAt: 'GATE/FR-013', verdict: 'fail', code: 'teamspace-readiness' },
  },
  {
    name: 'the drain rejects an event',
    covers: 'seed 000, triage: DrainMaterializationRejected',
    faults: {
      incidents: [
        before('teamspace', 3, { do: 'drain', counters: { businessRuleRejectedCount: 23 } }),
      ],
    },
    ...{ stopsAt: 'GATE/FR-013', verdict: 'fail', code: 'teamspace-terminal-failed' },
  },
  {
    name: 'the suite fails for a reason of its own',
    covers: 'NFR-005: root cause before a retry',
    faults: {
      incidents: [
        before('teamspace', 4, { do: 'service-fault', fault: refusing('POST /oauth/device') }),
      ],
    },
    ...{ stopsAt: 'GATE/FR-013', verdict: 'fail', code: 'teamspace-failed' },
  },
  {
    name: 'the suite is missing',
    covers: 'a tool is missing',
    faults: { world: { teamspace: { command: ['no-such-suite'] } } },
    ...{ stopsAt: 'GATE/FR-013', verdict: 'inconclusive', code: 'teamspace-not-completed' },
  },
  {
    name: 'the suite runs nothing and ends well',
    covers: 'skipped or absent is no pass',
    faults: { world: { teamspace: { command: ['true'] } } },
    ...{ stopsAt: 'GATE/FR-013', verdict: 'inconclusive', code: 'teamspace-nothing-ran' },
  },
  {
    name: 'the suite leaves one of its files out',
    covers: 'FR-013: all files of the suite',
    faults: { world: { teamspace: { files: ['test_it_all.py'] } } },
    ...{ stopsAt: 'GATE/FR-013', verdict: 'inconclusive', code: 'teamspace-incomplete' },
  },
  {
    name: 'the report of the suite is missing',
    covers: 'printed text is no proof of execution',
    faults: {
      incidents: [
        afterwards('teamspace', 1, {
          do: 'remove',
          file: 'teamspace-logs/teamspace-canary-run-1.xml',
        }),
      ],
    },
    ...{ stopsAt: 'GATE/FR-013', verdict: 'inconclusive', code: 'teamspace-nothing-ran' },
  },
  {
    name: 'the suite fails and ends with 0',
    covers: 'an exit code proves nothing',
    faults: {
      incidents: [
        before('teamspace', 1, { do: 'service-fault', fault: refusing('POST /oauth/device') }),
        afterwards('teamspace', 1, { do: 'end', exitCode: 0 }),
      ],
    },
    ...{ stopsAt: 'GATE/FR-013', verdict: 'fail', code: 'teamspace-failed' },
  },
  {
    name: 'the log of the suite tells of failures that its report hides',
    covers: 'FR-013: a report proves no more than the run',
    faults: {
      incidents: [
        afterwards('teamspace', 2, {
          ...{ do: 'end', exitCode: 0, says: '==== 1 failed, 4 passed in 3.20s ====' },
        }),
      ],
    },
    ...{ stopsAt: 'GATE/FR-013', verdict: 'fail', code: 'teamspace-failed' },
  },
  {
    name: 'the suite hangs',
    covers: 'the environment keeps the gate from finding out',
    faults: { world: { teamspace: { command: ['sleep', '60'], timeoutMs: 500 } } },
    ...{ stopsAt: 'GATE/FR-013', verdict: 'inconclusive', code: 'teamspace-timed-out' },
  },

  // NFR-005, FR-009, C-002, C-004, C-008 · nothing was touched until the end
  {
    name: 'the service is redeployed during the suite',
    covers: 'NFR-005: no clean-up of the service',
    faults: {
      incidents: [
        afterwards('teamspace', 4, { do: 'deploy', deployment: { gitSha: 'c'.repeat(40) } }),
      ],
    },
    ...{ stopsAt: 'GATE/NFR-005', verdict: 'blocked', code: 'service-redeployed' },
  },
  {
    name: 'a test of the suite passes only when it is repeated',
    covers: 'NFR-005: without a retry',
    faults: {
      incidents: [
        afterwards('teamspace', 2, { ...{ do: 'end', exitCode: 0, says: '5 passed, 1 rerun' } }),
      ],
    },
    ...{ stopsAt: 'GATE/NFR-005', verdict: 'fail', code: 'teamspace-not-clean', says: '1 rerun' },
  },
  {
    name: 'two runs of the suite show one report',
    covers: 'NFR-005: four runs, not one that is shown twice',
    faults: {
      incidents: [
        afterwards('teamspace', 3, {
          do: 'copy',
          from: 'teamspace-logs/teamspace-canary-run-2.xml',
          to: 'teamspace-logs/teamspace-canary-run-3.xml',
        }),
      ],
    },
    ...{ stopsAt: 'GATE/NFR-005', verdict: 'fail', code: 'teamspace-not-clean' },
    says: 'run 3 has the report of run 2',
  },
  {
    name: 'the log of a suite run is removed',
    covers: 'FR-013: logs are preserved for each run',
    faults: {
      incidents: [
        before('teamspace', 4, {
          do: 'remove',
          file: 'teamspace-logs/teamspace-canary-run-1.log',
        }),
      ],
    },
    ...{ stopsAt: 'GATE/NFR-005', verdict: 'fail', code: 'teamspace-not-clean' },
    says: 'is missing',
  },
  {
    name: 'somebody deletes a queued row during the suite',
    covers: 'FR-009, C-003: no local queue deletion',
    faults: {
      incidents: [
        before('teamspace', 2, { do: 'sql', database: queue, statement: 'DELETE FROM queue' }),
      ],
    },
    ...{ stopsAt: 'GATE/FR-009', verdict: 'fail', code: 'manual-mutation' },
  },
  {
    name: 'somebody raises the ingress cap during the suite',
    covers: 'FR-009, C-004: no ingress-cap override',
    faults: {
      incidents: [before('teamspace', 2, { do: 'limits', limits: { maxEventsPerBatch: 5000 } })],
    },
    ...{ stopsAt: 'GATE/FR-009', verdict: 'fail', code: 'manual-mutation' },
  },
  {
    name: 'the content of a historical row changes during the suite',
    covers: 'C-002, by content: the count stays 22',
    faults: {
      incidents: [
        before('teamspace', 4, {
          do: 'change-row',
          row: 5,
          patch: { payload_sha256: '0'.repeat(64) },
        }),
      ],
    },
    ...{ stopsAt: 'GATE/C-002', verdict: 'fail', code: 'historical-rows-changed' },
  },
  {
    name: 'somebody deletes a queued row when nearly everything is proven',
    covers: 'C-003: no local queue deletion, to the end',
    faults: {
      incidents: [look('C-002', { do: 'sql', database: queue, statement: 'DELETE FROM queue' })],
    },
    ...{ stopsAt: 'GATE/C-003', verdict: 'fail', code: 'local-queue-changed' },
  },
  {
    name: 'somebody raises the ingress cap when nearly everything is proven',
    covers: 'C-004: the cap is not raised, to the end',
    faults: {
      incidents: [look('C-002', { do: 'limits', limits: { maxEventsPerBatch: 5000 } })],
    },
    ...{ stopsAt: 'GATE/C-004', verdict: 'fail', code: 'ingress-cap-changed' },
  },
  {
    name: 'the logs lie outside the workspace',
    covers: 'C-008: work stays inside the workspace',
    faults: { world: { teamspace: { logs: '{workspace}-outside/logs' } } },
    ...{ stopsAt: 'GATE/C-008', verdict: 'fail', code: 'outside-workspace' },
  },

  // FR-011 · the comment on 41
  {
    name: 'issue 41 is locked',
    covers: 'comment on 41 cannot be posted',
    faults: { github: { issues: { '41': { locked: true } } } },
    ...{ stopsAt: 'GATE/FR-011', verdict: 'blocked', code: 'issue-locked' },
  },
  {
    name: 'the token belongs to somebody else',
    covers: 'comment on 41: the author',
    faults: { world: { github: { author: 'somebody-else' } } },
    ...{ stopsAt: 'GATE/FR-011', verdict: 'blocked', code: 'author-differs' },
  },
  {
    name: 'a sealed run file is edited during the suite',
    covers: 'comment on 41: run files exist and say pass',
    faults: {
      incidents: [
        before('teamspace', 4, {
          do: 'patch-json',
          file: `${attempts}/v3.2.0rc16-attempt1/runs/run-2.json`,
          patch: { run_id: 'edited' },
        }),
      ],
    },
    overwrites: true,
    ...{ stopsAt: 'GATE/FR-011', verdict: 'fail', code: 'comment-run-files' },
  },
  {
    name: 'the installed candidate is patched after the suite',
    covers: 'comment on 41: what is installed is what was tagged, still',
    faults: {
      incidents: [
        afterwards('teamspace', 4, {
          do: 'write',
          file: 'pipx/venvs/spec-kitty-cli/lib/python3.11/site-packages/specify_cli/sync/__init__.mjs',
          text: 'export const patched = true\n',
        }),
      ],
    },
    ...{ stopsAt: 'GATE/FR-011', verdict: 'fail', code: 'comment-wheel' },
  },
  {
    name: 'the tag moves on GitHub during the gate',
    covers: 'comment on 41: tag resolves to the installed commit',
    faults: {
      incidents: [
        before('teamspace', 1, { do: 'move-tag', tag: 'v3.2.0rc16', commit: 'd'.repeat(40) }),
      ],
    },
    ...{ stopsAt: 'GATE/FR-011', verdict: 'fail', code: 'comment-tag' },
  },
  {
    name: 'the token may not write',
    covers: 'GitHub failure: 403 on the write',
    faults: { github: { readOnlyToken: true } },
    ...{ stopsAt: 'GATE/FR-011', verdict: 'inconclusive', code: 'github-forbidden' },
  },
  {
    name: 'the comment on 41 is refused',
    covers: 'GitHub failure: 422',
    faults: { github: { faults: [{ on: 'POST comment 41', fault: '422' }] } },
    ...{ stopsAt: 'GATE/FR-011', verdict: 'inconclusive', code: 'github-rejected' },
  },
  {
    name: 'the comment on 41 is stored and answered 502',
    covers: 'GitHub failure: 502 after the write; one comment',
    faults: { github: { faults: [{ on: 'POST comment 41', nth: 1, fault: '502-after-write' }] } },
    releases: true,
  },
  {
    name: 'the comment on 41 is lost and answered 502',
    covers: 'GitHub failure: 502 before the write; one comment',
    faults: { github: { faults: [{ on: 'POST comment 41', nth: 1, fault: '502-before-write' }] } },
    releases: true,
  },
  {
    name: 'the connection breaks after the comment on 41',
    covers: 'GitHub failure: reset after the write; one comment',
    faults: { github: { faults: [{ on: 'POST comment 41', nth: 1, fault: 'reset-after-write' }] } },
    releases: true,
  },
  {
    name: 'the connection breaks before the comment on 41',
    covers: 'GitHub failure: reset before the write; one comment',
    faults: {
      github: { faults: [{ on: 'POST comment 41', nth: 1, fault: 'reset-before-write' }] },
    },
    releases: true,
  },
  {
    name: 'half of the answer to the comment on 41 arrives',
    covers: 'GitHub failure: an answer that is cut off; one comment',
    faults: { github: { faults: [{ on: 'POST comment 41', nth: 1, fault: 'cut-off' }] } },
    releases: true,
  },
  {
    name: 'a secondary limit slows the comments down',
    covers: 'GitHub failure: secondary limit on the write',
    faults: {
      github: {
        faults: [
          { on: 'POST comment 41', nth: 1, fault: '403-secondary-limit', retryAfterSeconds: 1 },
          { on: 'POST comment 1038', nth: 1, fault: '429', retryAfterSeconds: 1 },
        ],
      },
    },
    releases: true,
  },

  // FR-012 · 41 is closed after its comment
  {
    name: 'issue 41 was closed by somebody',
    covers: 'FR-012: closed after its evidence comment',
    faults: { github: { issues: { '41': { state: 'closed', closedBy: 'maintainer' } } } },
    ...{ stopsAt: 'GATE/FR-012', verdict: 'blocked', code: 'e2e-issue-already-closed' },
  },
  {
    name: 'closing 41 is refused',
    covers: 'a publication that breaks half-way',
    faults: { github: { faults: [{ on: 'PATCH issue 41', fault: '403-scope' }] } },
    ...{ stopsAt: 'GATE/FR-012', verdict: 'inconclusive', code: 'github-forbidden' },
    leaves: { on41: 1 },
  },
  {
    name: 'closing 41 is answered 502 after it happened',
    covers: 'GitHub failure: 502 after the write',
    faults: { github: { faults: [{ on: 'PATCH issue 41', nth: 1, fault: '502-after-write' }] } },
    releases: true,
  },

  // FR-014, FR-015, C-007 · the comment on 1038, which stays open
  {
    name: 'issue 1038 is locked',
    covers: 'comment on 1038 cannot be posted',
    faults: { github: { issues: { '1038': { locked: true } } } },
    ...{ stopsAt: 'GATE/FR-014', verdict: 'blocked', code: 'issue-locked' },
  },
  {
    name: 'the comment on 1038 is refused',
    covers: 'a publication that breaks half-way',
    faults: { github: { faults: [{ on: 'POST comment 1038', fault: '422' }] } },
    ...{ stopsAt: 'GATE/FR-014', verdict: 'inconclusive', code: 'github-rejected' },
    leaves: { on41: 1, closed41: true },
  },
  {
    name: 'the tracker was closed by somebody',
    covers: 'FR-015, C-007: 1038 stays open',
    faults: { github: { issues: { '1038': { state: 'closed', closedBy: 'maintainer' } } } },
    ...{ stopsAt: 'GATE/FR-015', verdict: 'blocked', code: 'tracker-closed' },
  },
]

function fix(issue: '1141' | '1182', kind: string): WorldFaults {
  return { histories: { fixes: { [issue]: kind } } }
}

function published(candidate: PublishedCandidate): WorldFaults {
  return { index: { candidates: [candidate] } }
}

function faulty(...defects: NonNullable<PublishedCandidate['defects']>): WorldFaults {
  return published({ version: '3.2.0rc16', defects })
}

type Incident = NonNullable<WorldFaults['incidents']>[number]

function before(program: Incident['program'], nth: number, ...changes: Change[]): Incident {
  return { program, moment: 'before', nth, changes }
}

function afterwards(program: Incident['program'], nth: number, ...changes: Change[]): Incident {
  return { program, moment: 'after', nth, changes }
}

/** As soon as a run of the four-run protocol has ended; the single run is the first file of all. */
function afterRun(number: 1 | 2 | 3 | 4, ...changes: Change[]): Incident {
  return { program: 'canary', moment: 'run', nth: number + 1, changes }
}

/** At one of the gate's looks at the service, in the order in which requirements take them. */
function look(at: (typeof looks)[number], ...changes: Change[]): Incident {
  return { program: 'image', moment: 'before', nth: looks.indexOf(at) + 1, changes }
}

function patchRun(number: number, patch: Readonly<Record<string, unknown>>): Change {
  return { do: 'patch-json', file: `${attempts}/runs/run-${number}.json`, patch }
}

/** The single run and `latest.json`, which must be the same. */
function patchSingle(patch: Readonly<Record<string, unknown>>): Change[] {
  return [patchRun(1, patch), { do: 'patch-json', file: `${attempts}/latest.json`, patch }]
}

function writeSingle(text: string): Change[] {
  return ['runs/run-1.json', 'latest.json'].map((name) => {
    return { do: 'write', file: `${attempts}/${name}`, text }
  })
}

function copyOf(from: string, to: string): Change {
  return { do: 'copy', from: `${attempts}/${from}`, to: `${attempts}/${to}` }
}

function patchedReady(dependencies: Readonly<Record<string, unknown>>): WorldFaults {
  const effect = { kind: 'patch', body: { dependencies } } as const
  return { service: { faults: [{ route: 'GET /health/ready/', effect }] } }
}

/** A command of the operator's that prints these rows. */
function printing(rows: readonly unknown[]): WorldFaults {
  return { world: { service: { rowsCommand: ['printf', '%s', JSON.stringify(rows)] } } }
}

function refusing(route: string): Extract<Change, { do: 'service-fault' }>['fault'] {
  return { route, effect: { kind: 'answer', status: 500, body: { error: 'internal' } } }
}
