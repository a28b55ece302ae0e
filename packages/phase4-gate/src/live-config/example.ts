import type { WorldInput } from '../world/schema.ts'

const workspace = '/home/operator/release/spec-kitty-rc16'

/**
 * A complete live world: docs/example.live.toml is this, with comments. Its values are also what the
 * errors about a wrong key suggest.
 */
export const exampleWorld: WorldInput = {
  name: 'live',
  workspace,
  checkouts: {
    cli: `${workspace}/spec-kitty`,
    events: `${workspace}/spec-kitty-events`,
    e2e: `${workspace}/spec-kitty-end-to-end-testing`,
  },
  github: {
    apiUrl: 'https://api.github.com',
    repositories: {
      cli: 'Priivacy-ai/spec-kitty',
      events: 'Priivacy-ai/spec-kitty-events',
      e2e: 'Priivacy-ai/spec-kitty-end-to-end-testing',
    },
    tokenEnv: 'GITHUB_TOKEN',
    tokenCommand: ['gh', 'auth', 'token'],
    author: 'release-operator',
    timeoutMs: 30_000,
    longestWaitMs: 120_000,
    readBackAfterMs: 15_000,
  },
  candidate: {
    indexUrl: 'https://pypi.example',
    project: 'spec-kitty-cli',
    after: '3.2.0rc15',
    line: '3.2.0',
    baseline: 'cc5e1ca983adff4a45489ce7afe11ad3a3a26e30',
    imports: ['specify_cli.sync.owner', 'specify_cli.sync.preflight'],
    installer: {
      kind: 'pipx',
      command: ['pipx'],
      home: `${workspace}/pipx`,
      binDir: `${workspace}/bin`,
    },
  },
  fixes: {
    criteria: { '1141': '1141', '1182': '1182' },
    prepareCommand: ['uv', 'sync'],
    testCommand: ['uv', 'run', 'pytest', '{tests}', '--junitxml', '{report}'],
    timeoutMs: 900_000,
  },
  service: {
    url: 'https://spec-kitty-dev.example',
    imageCommand: [
      'bash',
      '-c',
      "fly image show --app spec-kitty-dev --json | jq -r '.[0].Digest'",
    ],
    retryAfterMs: 15_000,
    timeoutMs: 30_000,
    minimumEventsVersion: '5.1.0',
    historicalRows: 22,
  },
  canary: {
    command: ['bash', 'scripts/run-sync-identity-boundary-canary.sh'],
    cwd: `${workspace}/spec-kitty-end-to-end-testing`,
    timeoutMs: 3_600_000,
    runs: 4,
    selfTests: [
      ['bash', '-n', 'scripts/run-sync-identity-boundary-canary.sh'],
      ['uv', 'run', 'pytest', '-q', 'tests/harness'],
    ],
    home: `${workspace}/home`,
    projects: [],
    ownSandboxes: true,
  },
  teamspace: {
    command: [
      'uv',
      'run',
      'pytest',
      '-v',
      '-m',
      'deployed_dev',
      '--junitxml',
      '{junit}',
      'tests/test_go_live_pre_connector_saas_e2e.py',
      'tests/test_teamspace_pulse_deployed_dev_e2e.py',
      'tests/test_teamspace_sync_deployed_dev_e2e.py',
    ],
    cwd: `${workspace}/spec-kitty-end-to-end-testing`,
    timeoutMs: 3_600_000,
    logs: `${workspace}/teamspace-logs`,
    expectedSkips: [],
  },
  evidence: {},
  waivers: { files: [], verifyingKey: '/home/operator/keys/owner.pub' },
  notify: { command: ['sh', `${workspace}/notify.sh`], timeoutMs: 10_000 },
}

/** The example's value at a path of keys, or undefined where the example has none. */
export function exampleAt(path: readonly string[]): unknown {
  let value: unknown = exampleWorld
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}
