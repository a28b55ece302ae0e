import type { z } from 'zod'
import { requireAbout } from './answers.ts'
import type { HttpClient } from './http-client.ts'
import { toCommit } from './mappers.ts'
import { commitSchema, refSchema, tagSchema } from './schemas.ts'
import { gitHubStop } from './stop.ts'
import type { Commit, Tag } from './types.ts'

/** The repository as a request names it. */
type Place = Readonly<Record<'owner' | 'repo', string>>

/** A commit by its whole name. */
export async function readCommit(http: HttpClient, place: Place, sha: string): Promise<Commit> {
  const call = {
    route: 'GET /repos/{owner}/{repo}/commits/{ref}',
    values: { ...place, ref: sha },
  }
  const answer = await http.read(call, commitSchema, (one) => {
    requireAbout('commit', sha, one.sha)
  })
  return toCommit(answer)
}

/** Nobody tags a tag of a tag of a tag. */
const deepest = 10

/** What a tag points at in the end: of an annotated one not the tag object, but its commit. */
export async function readTag(http: HttpClient, place: Place, name: string): Promise<Tag> {
  const call = {
    route: 'GET /repos/{owner}/{repo}/git/ref/{ref}',
    values: { ...place, ref: `tags/${name}` },
  }
  let { object } = await http.read(call, refSchema, ({ ref }) => {
    requireAbout('reference', `refs/tags/${name}`, ref)
  })
  for (let depth = 0; object.type === 'tag'; depth++) {
    if (depth === deepest)
      throw gitHubStop('unreadable', { what: `${name} is a tag of ${deepest} tags`, where: name })
    object = await taggedBy(http, place, object.sha)
  }
  return { name, commit: object.sha }
}

async function taggedBy(
  http: HttpClient,
  place: Place,
  sha: string,
): Promise<z.infer<typeof tagSchema>['object']> {
  const call = {
    route: 'GET /repos/{owner}/{repo}/git/tags/{tag_sha}',
    values: { ...place, tag_sha: sha },
  }
  const answer = await http.read(call, tagSchema, (one) => {
    requireAbout('tag object', sha, one.sha)
  })
  return answer.object
}
