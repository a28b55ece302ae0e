import { readPublished } from '../candidates/package-index.ts'
import { packageVersionAt } from '../candidates/package-version.ts'
import { readTags } from '../candidates/tags.ts'
import { isReleaseCandidate, sameVersion } from '../candidates/version.ts'
import { harnessState } from '../harness/state.ts'
import { secretVariables } from '../world/known-secrets.ts'
import { isAncestor } from '@canary-gate/programs'
import type { Fact } from '../run/facts.ts'
import { failed } from '@canary-gate/gate-kernel'
import type { GateRun } from '../run/run.ts'
import { chooseCandidate } from './choose.ts'
import { claimHome } from './home-claim.ts'
import { missingFixes } from './contained-fixes.ts'
import { requireTrueNames } from './object-names.ts'
import { brokenInCandidate } from '../fix-substance/requirement.ts'
import { matchDistribution } from './distribution.ts'
import { identifyEvents } from './events-package.ts'
import { installCandidate } from './installer.ts'
import { listDaemons } from './orphans.ts'
import { findDistribution, type InstalledDistribution, sitePackagesOf } from './place.ts'
import { checkImports, checkStatusKeys, checkVersion, type CheckWorld } from './program-checks.ts'
import { verifyRecord } from './record.ts'

/** GATE/FR-003: chooses the newest eligible candidate, installs exactly that one, and proves that it did. */
export async function verifyCandidateInstalled(run: GateRun): Promise<void> {
  await claimHome(run)
  await run.facts.write('harness', await harnessState(run))
  const chosen = await chooseCandidate(run)
  const { tag, version, commit, wheelSha256, wheels } = chosen
  await run.facts.write('candidate', { tag, version, commit, wheelSha256 })
  await reportDaemons(run)
  run.progress(`installing ${version} into ${run.world.candidate.installer.home}`)
  const places = await installCandidate(run.world.candidate, version, secretVariables(run.world))
  refuse(await checkVersion(places, version, checkWorld(run)))
  const distribution = await installedDistribution(run, places.python)
  const published = await readPublished(run.world.candidate.indexUrl, run.world.candidate.project)
  const distributionSha256 = await matchDistribution(distribution, version, published)
  // Which of its wheels this machine got; one that was not there when it was chosen stays another one.
  if (wheels.includes(distributionSha256))
    await run.facts.write('candidate', { tag, version, commit, wheelSha256: distributionSha256 })
  const record = await verifyRecord(places, run.world.candidate.project)
  const events = await identifyEvents(distribution, run.world.checkouts.events)
  await run.facts.write('installation', {
    ...places,
    version: distribution.version,
    distributionSha256,
    recordSha256: record.sha256,
    ...events,
  })
}

/** GATE/C-001: what was chosen and what is installed is a release candidate, never a final release. */
export async function verifyOnlyPrerelease(run: GateRun): Promise<void> {
  const { version } = await run.facts.read('candidate')
  const installation = await run.facts.read('installation')
  for (const named of [version, installation.version]) {
    if (isReleaseCandidate(named)) continue
    throw failed({
      code: 'not-a-prerelease',
      what: `${named} is not a release candidate`,
      where: installation.bin,
      next: 'the gate releases nothing: cut a release candidate and run the gate on that',
    })
  }
}

/** GATE/NFR-004: what is installed is what was tagged, and the tag contains the baseline and the fixes. */
export async function verifyTraceableBuild(run: GateRun): Promise<void> {
  await lookAtBuild(run)
  const { tag, commit } = await run.facts.read('candidate')
  const findings = await brokenInCandidate(run, commit)
  if (findings.length === 0) return
  throw failed({
    code: 'fix-broken-in-candidate',
    what: `${tag} contains the fixes, but their tests do not pass on its tree`,
    where: `${run.world.checkouts.cli}, tag ${tag}`,
    next: 'find the change between fix and tag that breaks it; have a candidate cut without it',
    findings,
  })
}

/**
 * The part of NFR-004 that can change while the gate runs: tag, package and the lines of the fixes. What the
 * tests of the fixes say of one commit stays true.
 */
export async function lookAtBuild(run: GateRun): Promise<void> {
  const candidate = await run.facts.read('candidate')
  const installation = await run.facts.read('installation')
  await requireTrueNames(run, candidate.commit)
  const findings = [
    ...(await packageFindings(run, candidate, installation)),
    ...(await tagFindings(run, candidate)),
    ...(await missingFixes(run.world.checkouts.cli, candidate, await run.facts.read('fixes'))),
  ]
  if (findings.length === 0) return
  throw failed({
    code: 'build-not-traceable',
    what: `what is installed cannot be traced to ${candidate.tag} (findings: ${findings.length.toFixed(0)})`,
    where: `${installation.bin}, tag ${candidate.tag}`,
    next: 'do not release this candidate; have a new one cut from a commit after the baseline',
    findings,
  })
}

/** GATE/C-005: the commit of the build has the baseline among its ancestors. */
export async function verifyNotBeforeBaseline(run: GateRun): Promise<void> {
  const { tag, commit } = await run.facts.read('candidate')
  const { baseline } = run.world.candidate
  if (await isAncestor(run.world.checkouts.cli, baseline, commit)) return
  throw failed({
    code: 'before-the-baseline',
    what: `${tag} (${commit}) does not contain the baseline ${baseline}`,
    where: run.world.checkouts.cli,
    next: 'have a candidate cut from a commit that contains the baseline',
  })
}

/** GATE/FR-004: the boundary modules import in the installed environment, and the status has its keys. */
export async function verifyBoundaryImports(run: GateRun): Promise<void> {
  const installation = await run.facts.read('installation')
  const world = checkWorld(run)
  const problems = [
    ...(await checkImports(installation, run.world.candidate.imports, world)),
    ...(await checkStatusKeys(installation, world)),
  ]
  const [first] = problems
  if (first === undefined) return
  throw failed({
    code: first.code,
    what: problems.map(({ what }) => what).join('; '),
    where: first.where,
    next: 'have a candidate cut that installs completely, then run the gate again',
    findings: problems.map(({ what }) => what),
  })
}

async function installedDistribution(run: GateRun, python: string): Promise<InstalledDistribution> {
  const { project } = run.world.candidate
  const found = await findDistribution(await sitePackagesOf(python), project)
  if (found !== null) return found
  throw failed({
    code: 'distribution-missing',
    cause: 'cannot-tell',
    what: `the installer reported success, but ${project} is not among the installed distributions`,
    where: python,
    next: 'remove the isolated home that the configuration names and run the gate again',
  })
}

async function packageFindings(
  run: GateRun,
  candidate: Fact<'candidate'>,
  installation: Fact<'installation'>,
): Promise<string[]> {
  const { project } = run.world.candidate
  const record = await verifyRecord(installation, project, installation.recordSha256)
  const findings = [...record.problems]
  if (!sameVersion(installation.version, candidate.version))
    findings.push(`installed is ${installation.version}, chosen was ${candidate.version}`)
  if (installation.distributionSha256 !== candidate.wheelSha256)
    findings.push(`the installed distribution is not the wheel that was chosen`)
  return findings
}

async function tagFindings(run: GateRun, candidate: Fact<'candidate'>): Promise<string[]> {
  const clone = run.world.checkouts.cli
  const findings: string[] = []
  const now = (await readTags(clone)).find(({ name }) => name === candidate.tag)
  if (now?.commit !== candidate.commit)
    findings.push(
      `${candidate.tag} points at ${now?.commit ?? 'nothing'} now, chosen was ${candidate.commit}`,
    )
  const named = await packageVersionAt(clone, candidate.commit)
  if (named.kind === 'unreadable')
    findings.push(`${named.file} at ${candidate.tag} cannot be read: ${named.why}`)
  if (named.kind === 'named' && !sameVersion(named.version, candidate.version))
    findings.push(`the package at ${candidate.tag} calls itself ${named.version}`)
  if (!(await isAncestor(clone, run.world.candidate.baseline, candidate.commit)))
    findings.push(
      `${candidate.commit} does not contain the baseline ${run.world.candidate.baseline}`,
    )
  return findings
}

/** Orphan daemons of earlier versions are named to the operator; the gate ends none of them. */
async function reportDaemons(run: GateRun): Promise<void> {
  for (const { pid, command } of await listDaemons())
    run.progress(`a sync daemon is running already: pid ${pid}, ${command.slice(0, 160)}`)
}

function refuse(problem: { code: string; what: string; where: string } | null): void {
  if (problem === null) return
  throw failed({
    ...problem,
    next: 'do not release this candidate; find out why the installed program is not the tagged one',
  })
}

function checkWorld(run: GateRun): CheckWorld {
  return { secretNames: secretVariables(run.world), serviceUrl: run.world.service.url }
}
