import { decodeText } from '../../../packages/documents/src/index.ts'
import { judgeCandidate } from '../../../packages/phase4-gate/src/candidates/judge.ts'
import { readDocument } from '../../../packages/phase4-gate/src/candidates/package-index.ts'
import type { Published } from '../../../packages/phase4-gate/src/candidates/published.ts'
import { readSimplePage } from '../../../packages/phase4-gate/src/candidates/simple-page.ts'
import { canonicalVersion } from '../../../packages/phase4-gate/src/candidates/version.ts'
import type { Mutation } from '../mutations/document.ts'
import type { Subject } from './subject.ts'

const project = 'spec-kitty-cli'
const text = (value: unknown): string => JSON.stringify(value)
const wheel = (version: string, of = project): string =>
  `${of.replaceAll('-', '_')}-${version}-py3-none-any.whl`
const digest = (digit: string): string => digit.repeat(64)

const file = (version: string, digit: string) => ({
  ...{ filename: wheel(version), packagetype: 'bdist_wheel' },
  ...{ url: `https://files.example/${wheel(version)}`, size: 1234 },
  ...{ digests: { sha256: digest(digit) }, yanked: false, yanked_reason: null },
})
/** Of a kind that is neither wheel nor source. */
const egg = {
  ...file('3.2.0rc15', 'e'),
  ...{ filename: 'spec_kitty_cli-3.2.0rc15-py3.11.egg', packagetype: 'bdist_egg' },
}
const page = (digit: string, name = project, release = wheel('3.2.0rc16')) => ({
  info: { name, version: '3.2.0rc16' },
  releases: {
    '3.2.0rc15': [file('3.2.0rc15', 'b'), egg],
    '3.2.0rc16': [{ ...file('3.2.0rc16', digit), filename: release }],
  },
})

const listed = (version: string, digit: string, filename = wheel(version)) => ({
  ...{ filename, url: `https://files.example/${wheel(version)}` },
  ...{ hashes: { sha256: digest(digit) }, yanked: false },
})
const simple = (digit: string, name = project, release = wheel('3.2.0rc16')) => ({
  ...{ meta: { 'api-version': '1.1' }, name },
  files: [listed('3.2.0rc15', 'b'), listed('3.2.0rc16', digit, release)],
})

const html = (digit: string, release = wheel('3.2.0rc16'), attributes = ''): string =>
  `<!DOCTYPE html><html><body>${[
    `<a href="../files/${wheel('3.2.0rc15')}#sha256=${digest('b')}">${wheel('3.2.0rc15')}</a><br/>`,
    `<a href="../files/${release}#sha256=${digest(digit)}"${attributes}>${release}</a><br/>`,
  ].join('')}</body></html>`

/** What is installed is compared with the index a second time, so another digest or choice holds. */
const judge = (read: (text: string, project: string) => Published) => (bytes: Uint8Array) => {
  const eligible = [...read(decodeText(bytes, 64 * 1024 * 1024), project)].flatMap(
    ([named, files]) => {
      const version = canonicalVersion(named) ?? named
      const tagged = { tag: `v${version}`, version, commit: 'c'.repeat(40) }
      const known = {
        ancestry: 'contains',
        rivals: [],
        packageVersion: { kind: 'unnamed' },
      } as const
      const candidate = judgeCandidate(
        { ...tagged, ...known, files, commitLastRun: null },
        '3.2.0rc15',
      )
      return candidate.eligible ? [candidate] : []
    },
  )
  const [chosen, ...others] = eligible
  if (chosen === undefined || others.length > 0) return null
  return chosen.version === '3.2.0rc16' && chosen.wheelSha256 === digest('a') ? chosen : null
}

/** Pages that name another project, or a file of one. */
function strangers(other: (name?: string, release?: string) => string): Mutation[] {
  const foreign = wheel('3.2.0rc16', 'requests')
  return [
    ...[
      ['another project', other('requests')],
      ['a longer name', other(`${project}-extra`)],
    ],
    ['a file of another project', other(undefined, foreign)],
  ].map(([what = '', changed = '']) => contradiction(what, changed))
}

function contradiction(what: string, changed: string): Mutation {
  return { what, bytes: () => Buffer.from(changed), kind: 'contradiction' }
}

const normalized = (value: unknown): string =>
  String(value)
    .toLowerCase()
    .replaceAll(/[-_.]+/g, '-')
const sameProject = [
  /^(?:info\.)?name$/,
  'another spelling of the same name (PEP 503)',
  (value: unknown) => normalized(value) === project,
] as const
const shared = [
  [/\.url$/, 'where a file is fetched from; its bytes must have the digest'],
  [
    /\.filename$/,
    'another build of the same version; its bytes must have the digest',
    (value: unknown) => /^[\w.+!-]+$/.test(String(value)),
  ],
] as const

/** What the package index answers: its JSON document, or the page that installers read. */
export const indexSubjects: readonly Subject[] = [
  {
    ...{ name: 'index.json', folder: 'candidates', form: 'json', faultless: text(page('a')) },
    sibling: text(page('d')),
    judge: judge(readDocument),
    contradictions: [
      ...strangers((name, release) => text(page('a', name, release))),
      contradiction('a file of another version', text(page('a', project, wheel('3.2.0rc17')))),
    ],
    harmless: [
      ...shared,
      sameProject,
      [/^info\.version$/, 'the candidate is looked up in the releases'],
      [/\.size$/, 'the digest decides about the bytes'],
      [
        /^releases\.3\.2\.0rc15/,
        'the last candidate is not eligible whatever the index says of it',
      ],
      [/\.yanked_reason$/, 'a text for people; whether it is yanked is another field'],
    ],
  },
  {
    ...{ name: 'simple page, JSON', folder: 'candidates', form: 'json' },
    ...{ faultless: text(simple('a')), sibling: text(simple('d')) },
    judge: judge(readSimplePage),
    contradictions: [
      ...strangers((name, release) => text(simple('a', name, release))),
      ...['2.0', '1', '', '1.0-beta'].map((form) =>
        contradiction(
          `a page of form ${form}`,
          text({ ...simple('a'), meta: { 'api-version': form } }),
        ),
      ),
    ],
    harmless: [
      ...shared,
      sameProject,
      [/^files\.0/, 'the last candidate is not eligible whatever the index says of it'],
      [
        /^meta\.api-version$/,
        'a later version of the same form (PEP 629)',
        (value) => /^1\.\d+$/.test(String(value)),
      ],
    ],
  },
  {
    ...{ name: 'simple page, HTML', folder: 'candidates', form: 'html' },
    ...{ faultless: html('a'), sibling: html('d') },
    judge: judge(readSimplePage),
    contradictions: [
      contradiction('a file of another project', html('a', wheel('3.2.0rc16', 'requests'))),
      contradiction('taken back', html('a', undefined, ' data-yanked="broken"')),
      contradiction('taken back without a reason', html('a', undefined, ' data-yanked')),
      contradiction('no digest', html('a').replaceAll(/#sha256=\w+/g, '')),
    ],
    harmless: [],
  },
]
