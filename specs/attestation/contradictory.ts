import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { attestRun, json, type Places, readJson } from './sealed-run.ts'
import type { SigningKey } from '../../packages/gate-kernel/src/attestation/key.ts'
import type { Scene, Tamper } from './tampers.ts'

type Json = Record<string, unknown>

const changes: readonly (readonly [string, keyof Places, string, (document: Json) => void])[] = [
  ['a failed run', 'attempt', 'runs/run-2.json', (run) => (run['outcome'] = 'fail')],
  ['a failed single run', 'attempt', 'run-1.json', (run) => (run['outcome'] = 'fail')],
  [
    'a failed scenario',
    'attempt',
    'runs/run-3.json',
    (run) => (scenarioOf(run)['status'] = 'fail'),
  ],
  ['three scenarios', 'attempt', 'runs/run-4.json', (run) => (run['scenarios'] as []).pop()],
  ['another version', 'attempt', 'runs/run-1.json', (run) => (run['cli_version'] = '3.2.0rc15')],
  ['another number', 'attempt', 'runs/run-1.json', (run) => (run['run_number'] = 2)],
  [
    'a run id twice, in lower case',
    'attempt',
    'runs/run-2.json',
    (run) => (run['run_id'] = '01ks1w46zar9s9rjpqqjamcv61'),
  ],
  ['an intervention', 'attempt', 'interventions.json', (all) => (all['interventions'] = ['x'])],
  ['21 rows', 'attempt', 'historical-rows.json', (rows) => (rows['count'] = 21)],
  [
    'an infra failure',
    'run',
    'facts/snapshotBeforeFourRuns.json',
    (snapshot) => ((snapshot['drain'] as Json)['infraTerminalFailed'] = 1),
  ],
  ['a failed suite', 'run', 'facts/teamspace.json', (suite) => (suiteRun(suite)['passed'] = false)],
  ['an empty suite', 'run', 'facts/teamspace.json', (suite) => (suiteRun(suite)['tests'] = 0)],
  ['three suite runs', 'run', 'facts/teamspace.json', (suite) => (suite['runs'] as []).pop()],
  ['another wheel', 'run', 'facts/candidate.json', (one) => (one['wheelSha256'] = '6'.repeat(64))],
  ['another commit', 'run', 'facts/candidate.json', (one) => (one['commit'] = 'd'.repeat(40))],
  ['another installation', 'run', 'facts/installation.json', (one) => (one['version'] = '3.1.9')],
  [
    'a failed requirement',
    'run',
    'evidence.json',
    (evidence) => ((evidence['requirements'] as Json[])[3] = failedRequirement(evidence)),
  ],
  ['no requirement', 'run', 'evidence.json', (evidence) => (evidence['requirements'] = [])],
  ['a requirement left out', 'run', 'evidence.json', (evidence) => requirementsOf(evidence).pop()],
  [
    'a requirement of no gate',
    'run',
    'evidence.json',
    (evidence) => (requirementsOf(evidence)[7] = { ...passed(evidence), id: 'GATE/FR-099' }),
  ],
  [
    'one more requirement',
    'run',
    'evidence.json',
    (evidence) => requirementsOf(evidence).push({ ...passed(evidence), id: 'GATE/FR-099' }),
  ],
  [
    'a requirement twice',
    'run',
    'evidence.json',
    (evidence) => requirementsOf(evidence).push(passed(evidence)),
  ],
  [
    'a requirement that passed and was stopped',
    'run',
    'evidence.json',
    (evidence) => (requirementsOf(evidence)[5] = { ...passed(evidence, 5), stoppedBy: 'x' }),
  ],
  ['no gate', 'run', 'evidence.json', (evidence) => delete evidence['gateSha256']],
  [
    'no manifest of the attempt',
    'run',
    'evidence.json',
    (evidence) => ((evidence['attempt'] as Json)['manifestSha256'] = null),
  ],
  [
    'another manifest of the attempt',
    'run',
    'evidence.json',
    (evidence) => ((evidence['attempt'] as Json)['manifestSha256'] = '7'.repeat(64)),
  ],
  ['a number of runs that is none', 'run', 'world.json', (world) => (world['canary'] = 'four')],
  ['a world of a text', 'run', 'world.json', (world) => (world['canary'] = { runs: '4' })],
  [
    'a withheld publication',
    'run',
    'evidence.json',
    (evidence) => ((evidence['publication'] as Json)['status'] = 'withheld'),
  ],
  [
    'a filtered run',
    'run',
    'evidence.json',
    (evidence) => (evidence['weakenings'] = [{ code: 'filtered', what: 'one file' }]),
  ],
]

function scenarioOf(run: Json): Json {
  return (run['scenarios'] as Json[])[3] ?? {}
}

function suiteRun(suite: Json): Json {
  return (suite['runs'] as Json[])[1] ?? {}
}

function failedRequirement(evidence: Json): Json {
  return { ...passed(evidence, 3), verdict: 'fail' }
}

function requirementsOf(evidence: Json): Json[] {
  return evidence['requirements'] as Json[]
}

function passed(evidence: Json, place = 0): Json {
  return { ...requirementsOf(evidence)[place] }
}

async function rewrite(
  scene: Scene,
  change: (typeof changes)[number],
  key: SigningKey | undefined,
): Promise<void> {
  const [, place, file, edit] = change
  const path = join(scene.places[place], file)
  const document = await readJson(path)
  edit(document)
  await json(path, document)
  await rm(join(scene.places.run, 'attestations'), { recursive: true })
  await attestRun(scene.root, key)
}

/**
 * Documents that contradict a release, sealed anew so that every digest fits: even under the right
 * key, because the verdict is derived again and not read.
 */
export const contradictory: readonly Tamper[] = changes.map((change) => ({
  name: `${change[0]}, everything sealed anew with the right key`,
  apply: (scene) => rewrite(scene, change, scene.key),
}))
