import { z } from 'zod'
import { readJson } from '../../../packages/documents/src/index.ts'
import { judgeCandidate } from '../../../packages/phase4-gate/src/candidates/judge.ts'
import {
  canonicalVersion,
  sameVersion,
} from '../../../packages/phase4-gate/src/candidates/version.ts'
import type { Mutation } from '../mutations/document.ts'
import type { Subject } from './subject.ts'

const commit = z.string().regex(/^[0-9a-f]{40}$/)

/** What git says of one tag and of the package there, as the gate's readers of git hand it on. */
const seen = z.strictObject({
  tag: z.string().min(1).nullable(),
  commit: commit.nullable(),
  ancestry: z.enum(['contains', 'lacks', 'unknown']),
  packageVersion: z.union([
    z.strictObject({ kind: z.literal('named'), version: z.string() }),
    z.strictObject({ kind: z.literal('unnamed') }),
    z.strictObject({ kind: z.literal('unreadable'), file: z.string(), why: z.string() }),
  ]),
  rivals: z.array(z.string()),
  commitLastRun: commit.nullable(),
})
type Seen = z.infer<typeof seen>

const faultless: Seen = {
  ...{ tag: 'v3.2.0rc16', commit: 'c'.repeat(40), ancestry: 'contains' },
  ...{ packageVersion: { kind: 'named', version: '3.2.0rc16' }, rivals: [] },
  commitLastRun: null,
}
const files = [
  {
    filename: 'spec_kitty_cli-3.2.0rc16-py3-none-any.whl',
    packagetype: 'bdist_wheel' as const,
    ...{ url: 'https://files.example/a.whl', yanked: false, digests: { sha256: 'a'.repeat(64) } },
  },
]

/** An index that has files of every version. */
function judge(bytes: Uint8Array): unknown {
  const sighting = readJson(seen, bytes, { maximumBytes: 1024 * 1024 })
  const version = canonicalVersion(sighting.tag ?? '3.2.0rc16') ?? sighting.tag ?? ''
  const candidate = judgeCandidate({ ...sighting, version, files }, '3.2.0rc15')
  return candidate.eligible ? candidate : null
}

/** The tag alone says which version it is. */
const unnamed = { packageVersion: { kind: 'unnamed' } } as const

function otherwise(change: Partial<Seen>): Mutation {
  return {
    ...{ what: JSON.stringify(change), kind: 'contradiction' },
    bytes: () => Buffer.from(JSON.stringify({ ...faultless, ...change })),
  }
}

/** What git tells of the tag that is chosen. */
export const tagSubjects: readonly Subject[] = [
  {
    ...{ name: 'tag v3.2.0rc16', folder: 'candidates', form: 'json' },
    faultless: JSON.stringify(faultless),
    sibling: JSON.stringify({ ...faultless, tag: 'v3.2.0rc15', commitLastRun: 'd'.repeat(40) }),
    judge,
    contradictions: [
      ...['v3.2.0', 'v3.2.0rc15', 'v3.2.0a16', 'v3.2.0rc16.post1', 'v3.2.0rc16.dev1', 'latest'].map(
        (tag) => otherwise({ tag, ...unnamed }),
      ),
      ...['v3.2.1rc1', 'v4.0.0rc1', 'v1!3.2.0rc16', 'v3.2.0rc16+local'].map((tag) =>
        otherwise({ tag, ...unnamed }),
      ),
      ...[{ tag: null }, { commit: null }, { tag: null, commit: null }].map(otherwise),
      ...(['lacks', 'unknown'] as const).map((ancestry) => otherwise({ ancestry })),
      otherwise({ packageVersion: { kind: 'named', version: '3.2.0rc17' } }),
      otherwise({ packageVersion: { kind: 'unreadable', file: 'pyproject.toml', why: 'broken' } }),
      otherwise({ rivals: ['3.2.0-rc16'] }),
      otherwise({ commitLastRun: 'd'.repeat(40) }),
    ],
    harmless: [
      [
        /^tag$/,
        'another spelling of the same version (PEP 440)',
        (value) => sameVersion(String(value), '3.2.0rc16'),
      ],
      [
        /^packageVersion\.version$/,
        'another spelling of the same version',
        (value) => sameVersion(String(value), '3.2.0rc16'),
      ],
      [/^commit$/, 'any commit that contains the baseline may be tagged', isCommit],
      [/^commitLastRun$/, 'the same commit as now', (value) => value === faultless.commit],
    ],
  },
]

function isCommit(value: unknown): boolean {
  return typeof value === 'string' && /^[0-9a-f]{40}$/.test(value)
}
