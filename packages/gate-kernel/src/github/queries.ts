/** The only GraphQL documents that leave the process. A document not in this list is refused. */
export const whoAmI = 'query { viewer { login } }'

/** Without `includeClosedPrs` GitHub leaves out merged pull requests: exactly those looked for. */
export const closingPulls = `query ($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    issue(number: $number) {
      number
      closedByPullRequestsReferences(first: 50, includeClosedPrs: true) {
        nodes { number state merged mergeCommit { oid } repository { nameWithOwner } }
        pageInfo { hasNextPage }
      }
    }
  }
}`

export const questions: readonly string[] = [whoAmI, closingPulls]
