import { join } from 'node:path'
import { defineGate } from '@canary-gate/gate-kernel'
import * as checks from './checks/checks.ts'
import { lastLook } from './checks/last-look.ts'
import { evidence, facts, readBackAfterMs, summary, world } from './checks/facts.ts'

/** The release gate of this project's own packages: what is cheap to find out comes first. */
export const gate = defineGate({
  ...{ title: 'release of the packages', folder: 'release', root: join(import.meta.dirname, '..') },
  sources: [
    ...['vitest.config.ts', 'tsconfig.json', 'package.json', 'package-lock.json'],
    ...['fixtures', 'gate', 'specs/register.ts'],
  ],
  ...{ world, facts, summary, evidence, readBackAfterMs, lastLook },
  afterRelease: 'publish the tarballs whose digests the comment names',
  requirements: [
    {
      id: 'RELEASE/FR-001',
      text: 'Each tarball has the version of the tag, which is not published yet.',
      verify: checks.verifyCandidate,
    },
    {
      id: 'RELEASE/FR-002',
      text: 'A signed provenance statement names each tarball by its digest, and the commit.',
      verify: checks.verifyProvenance,
    },
    {
      id: 'RELEASE/FR-003',
      text: 'Every change of the public exports since the last release is in the changelog.',
      verify: checks.verifyExports,
    },
    {
      id: 'RELEASE/NFR-001',
      text: 'The benchmarks of this commit hold.',
      verify: checks.verifyBenchmarks,
    },
    {
      id: 'RELEASE/NFR-002',
      text: 'Each broken world of the fault matrix ended as it should on this commit.',
      verify: checks.verifyMatrix,
    },
    {
      id: 'RELEASE/FR-004',
      text: 'Each package alone installs and starts in an empty folder on Node 22 and 24.',
      verify: checks.verifyInstallation,
    },
    {
      id: 'RELEASE/FR-005',
      text: "The commands and examples of each package's README work.",
      verify: checks.verifyReadmes,
    },
    {
      id: 'RELEASE/C-001',
      text: 'Every installed licence is allowed.',
      verify: checks.verifyLicences,
    },
    {
      id: 'RELEASE/FR-006',
      text: 'One release comment is on the issue of releases.',
      verify: checks.verifyComment,
      publish: checks.releaseComment,
    },
  ],
})
