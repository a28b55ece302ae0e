import { z } from 'zod'

/** What the gate reads of GitHub's answers; everything else in them is left alone. */
/** A time decides what is stale; one that cannot be read would decide nothing, and nothing would be stale. */
const time = z.iso.datetime({ offset: true })

/** Git takes an abbreviation, or capitals, for the same commit; GitHub writes neither. */
const objectName = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/)

const person = z.object({ login: z.string() }).nullable()

const issueFields = z.object({
  number: z.int(),
  title: z.string(),
  state: z.enum(['open', 'closed']),
  state_reason: z.enum(['completed', 'not_planned', 'duplicate', 'reopened']).nullish(),
  locked: z.boolean(),
  html_url: z.string(),
  repository_url: z.string(),
  closed_at: time.nullable(),
  closed_by: person.optional(),
  updated_at: time,
  /** Pull requests are answered under this address, too; none is an issue that the gate means. */
  pull_request: z.undefined({ error: 'is that of a pull request' }).optional(),
})

/** What contradicts itself is not what GitHub documents: then nothing of it is believed. */
export const issueSchema = issueFields.refine(
  ({ state, closed_at, state_reason }) =>
    (state === 'closed') === (closed_at !== null) &&
    (state === 'closed' ? state_reason !== 'reopened' : !closingReasons.has(state_reason ?? null)),
  { path: ['state'], error: 'contradicts closed_at or state_reason' },
)

const closingReasons: ReadonlySet<string | null> = new Set([
  ...['completed', 'not_planned', 'duplicate'],
])

export const commentSchema = z.object({
  id: z.int(),
  body: z.string().optional(),
  html_url: z.string(),
  user: person,
  created_at: time,
})

const timelineEvent = z.looseObject({
  event: z.string().optional(),
  commit_id: objectName.nullish(),
  created_at: time.optional(),
  actor: person.optional(),
  source: z
    .object({
      issue: z
        .object({
          number: z.int(),
          pull_request: z.object({ merged_at: time.nullish() }).optional(),
          repository: z.object({ full_name: z.string() }).optional(),
        })
        .optional(),
    })
    .optional(),
})

/** Closings and re-openings are compared by their time. */
export const timelineSchema = z.array(
  timelineEvent.refine(
    ({ event, created_at }) =>
      !['closed', 'reopened'].includes(event ?? '') || created_at !== undefined,
    { path: ['created_at'], error: 'is missing' },
  ),
)

const pullFields = z.object({
  number: z.int(),
  title: z.string(),
  state: z.enum(['open', 'closed']),
  merged: z.boolean(),
  merged_at: time.nullable(),
  merge_commit_sha: objectName.nullable(),
  base: z.object({ ref: z.string() }),
})

export const pullSchema = pullFields.refine(
  ({ merged, merged_at, state }) =>
    merged === (merged_at !== null) && !(merged && state === 'open'),
  { path: ['merged'], error: 'contradicts merged_at or state' },
)

export const commitSchema = z.object({
  sha: objectName,
  commit: z.object({ message: z.string() }),
  parents: z.array(z.object({ sha: objectName })),
})

const pointedAt = z.object({
  type: z.enum(['commit', 'tag', 'tree', 'blob']),
  sha: objectName,
})
/** A reference, by its full name, and a tag object, by its own: what each points at. */
export const refSchema = z.object({ ref: z.string(), object: pointedAt })
export const tagSchema = z.object({ sha: objectName, object: pointedAt })

export const userSchema = z.object({ login: z.string() })

const graphqlError = z.object({ message: z.string(), type: z.string().optional() })

export const viewerSchema = z.object({
  data: z.object({ viewer: userSchema }).nullish(),
  errors: z.array(graphqlError).optional(),
})

export const closingPull = z
  .object({
    number: z.int(),
    state: z.enum(['OPEN', 'CLOSED', 'MERGED']),
    merged: z.boolean(),
    mergeCommit: z.object({ oid: objectName }).nullable(),
    repository: z.object({ nameWithOwner: z.string() }),
  })
  .refine(({ state, merged }) => merged === (state === 'MERGED'), {
    ...{ path: ['merged'], error: 'contradicts state' },
  })

const issueWithPulls = z.object({
  number: z.int(),
  closedByPullRequestsReferences: z.object({
    nodes: z.array(closingPull.nullable()),
    // Fifty are asked for; of an issue that more have closed not all would be known.
    pageInfo: z.object({ hasNextPage: z.literal(false) }),
  }),
})

export const closingPullsSchema = z.object({
  data: z
    .object({ repository: z.object({ issue: issueWithPulls.nullable() }).nullable() })
    .nullish(),
  errors: z.array(graphqlError).optional(),
})

/** What every answer of GraphQL has in common. */
export interface GraphQLAnswer {
  readonly data?: object | null | undefined
  readonly errors?: readonly z.infer<typeof graphqlError>[] | undefined
}
export type IssueAnswer = z.infer<typeof issueSchema>
export type CommentAnswer = z.infer<typeof commentSchema>
