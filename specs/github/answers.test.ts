import fc from 'fast-check'
import { expect } from 'vitest'
import { usualSeed } from '../../fixtures/github/index.ts'
import { spec } from '../spec.ts'
import { openScene, type Scene, stopOf } from './scene.ts'

const reads: readonly (readonly [string, (scene: Scene) => Promise<unknown>])[] = [
  ['GET issue 41', ({ github }) => github.issue(41)],
  ['GET comments 41', ({ github }) => github.comments(41)],
  ['GET timeline 1141', ({ github }) => github.timeline(1141)],
  ['GET user', ({ github }) => github.login()],
  ['POST graphql', ({ github }) => github.closingPullRequests(1141)],
]

spec(
  ['GATE/FR-001', 'GATE/FR-011'],
  'an answer to a read counts only with the status 200, whatever its body says',
  async () => {
    const successes = [201, 202, 203, 204, 205, 206, 207, 208, 218, 226, 299]
    for (const [request, read] of reads)
      for (const status of successes) {
        await using scene = await openScene()
        scene.server.tampers.push((name, answer) => {
          if (name !== request) return answer
          return { ...answer, status, ...([204, 205].includes(status) && { bytes: Buffer.of() }) }
        })
        const stop = await stopOf(read(scene))
        expect(stop.kind, `${request} ${status}`).toBe('unreadable')
      }
  },
)

/** How a server may write that a page has a next one (RFC 8288). */
const nextLink = fc
  .record({
    name: fc.constantFrom('rel', 'REL', 'Rel'),
    relation: fc.constantFrom('"next"', 'next', '"NEXT"', '"next last"', '"prev  next"', 'Next'),
    before: fc.constantFrom('', '; title="a, b"', '; type=text/html', ';hreflang=en'),
    after: fc.constantFrom('', '; title="next page"', ' ; rel="prev"'),
    gap: fc.constantFrom('; ', ';', ' ; ', ';\t'),
    equals: fc.constantFrom('=', ' = '),
    others: fc.constantFrom(
      '',
      ', <http://x.example/?page=9>; rel="last"',
      ',<x,y;rel=z>;rel=first',
    ),
  })
  .map(
    ({ name, relation, before, after, gap, equals, others }) =>
      `<http://x.example/?page=2&q=a,b>${before}${gap}${name}${equals}${relation}${after}${others}`,
  )

spec('GATE/FR-011', 'a list is read to its end in whatever way its pages are linked', async () => {
  const comments = Array.from({ length: 130 }, (_, at) => ({ author: 'x', body: `no. ${at}` }))
  const issue = { number: 41, title: 't', state: 'open', comments } as const
  await using scene = await openScene({ seed: usualSeed({ e2e: { issues: [issue] } }) })
  let link = ''
  scene.server.tampers.push((name, answer) => {
    const isFirst = name === 'GET comments 41' && Buffer.from(answer.bytes).includes('"no. 0"')
    return isFirst ? { ...answer, headers: { ...answer.headers, link } } : answer
  })
  await fc.assert(
    fc.asyncProperty(nextLink, async (written) => {
      link = written
      expect(await scene.github.comments(41), link).toHaveLength(comments.length)
    }),
    { numRuns: 60 },
  )
})

spec('GATE/FR-011', 'links that say nothing about pages are no end of a list', async () => {
  await using scene = await openScene()
  for (const link of ['', 'next', '<x>', '<x>; title="next"', 'rel="last"', '<x>; rel=']) {
    scene.server.tampers.splice(0)
    scene.server.tampers.push((name, answer) =>
      name === 'GET comments 41' ? { ...answer, headers: { ...answer.headers, link } } : answer,
    )
    const read = scene.github.comments(41)
    if (link === '') await read
    else expect((await stopOf(read)).kind, link).toBe('unreadable')
  }
})

spec(
  ['GATE/FR-001', 'GATE/FR-011'],
  'an answer with two meanings is not believed, however its type is written',
  async () => {
    const types = [
      ...['application/json', 'Application/JSON', 'APPLICATION/JSON; charset=utf-8'],
      ...['application/json;charset=UTF-8', 'application/scim+json', 'Application/Scim+Json'],
    ]
    for (const [request, read] of reads)
      for (const type of types) {
        await using scene = await openScene()
        scene.server.tampers.push((name, answer) =>
          name === request
            ? {
                ...answer,
                headers: { ...answer.headers, 'content-type': type },
                bytes: secondly(answer.bytes),
              }
            : answer,
        )
        expect((await stopOf(read(scene))).kind, `${request} ${type}`).toBe('unreadable')
      }
  },
)

/** The same document with one key of its first object there twice. */
function secondly(bytes: Uint8Array): Buffer {
  const text = Buffer.from(bytes).toString('utf8')
  return Buffer.from(text === '[]' ? '[{"a":1,"a":2}]' : text.replace('{', '{"a":1,"a":2,'))
}
