import { judgeCandidate } from '../../../packages/phase4-gate/src/candidates/judge.ts'
import { readDocument } from '../../../packages/phase4-gate/src/candidates/package-index.ts'
import { canonicalVersion } from '../../../packages/phase4-gate/src/candidates/version.ts'
import type { Subject } from './subject.ts'

const text = (value: unknown): string => JSON.stringify(value)
const file = (version: string, digit: string) => {
  const filename = `spec_kitty_cli-${version}-py3-none-any.whl`
  return {
    ...{ filename, packagetype: 'bdist_wheel', url: `https://files.example/${filename}` },
    ...{ size: 1234, digests: { sha256: digit.repeat(64) }, yanked: false, yanked_reason: null },
  }
}
const page = (digit: string): object => ({
  info: { name: 'spec-kitty-cli', version: '3.2.0rc16' },
  releases: { '3.2.0rc15': [file('3.2.0rc15', 'b')], '3.2.0rc16': [file('3.2.0rc16', digit)] },
})

/** What is installed is compared with the index a second time, so another digest or choice holds. */
function judgeIndex(bytes: Uint8Array): unknown {
  const published = readDocument(
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes),
    'spec-kitty-cli',
  )
  const eligible = [...published].flatMap(([named, found]) => {
    const version = canonicalVersion(named) ?? named
    const candidate = judgeCandidate(
      {
        ...{
          tag: `v${version}`,
          version,
          commit: 'c'.repeat(40),
          ancestry: 'contains',
          rivals: [],
        },
        ...{ packageVersion: { kind: 'unnamed' }, files: found, commitLastRun: null },
      },
      '3.2.0rc15',
    )
    return candidate.eligible ? [candidate] : []
  })
  const [chosen, ...others] = eligible
  if (chosen === undefined || others.length > 0) return null
  return chosen.version === '3.2.0rc16' && chosen.wheelSha256 === 'a'.repeat(64) ? chosen : null
}

/** What the package index answers. */
export const indexSubjects: readonly Subject[] = [
  {
    ...{ name: 'index.json', form: 'json', faultless: text(page('a')) },
    sibling: text(page('d')),
    judge: judgeIndex,
    harmless: [
      [/^info\.version$/, 'the candidate is looked up in the releases'],
      [
        /^info\.name$/,
        'another spelling of the same name (PEP 503)',
        (value) =>
          String(value)
            .toLowerCase()
            .replaceAll(/[-_.]+/g, '-') === 'spec-kitty-cli',
      ],
      [/\.size$/, 'the digest decides about the bytes'],
      [
        /^releases\.3\.2\.0rc15/,
        'the last candidate is not eligible whatever the index says of it',
      ],
      [/\.url$/, 'where a file is fetched from; its bytes must have the digest'],
      [/\.filename$/, 'another build of the same version; its bytes must have the digest'],
      [/\.yanked_reason$/, 'a text for people; whether it is yanked is another field'],
    ],
  },
]
