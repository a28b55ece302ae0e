import type { Journal } from '../journal/journal.ts'
import { statement } from '../journal/statements.ts'

/** A project that somebody agreed for, with its name where an event tells it. */
export interface AgreedProject {
  readonly project: string
  readonly slug: string | null
}

const NAME = `
  SELECT CASE WHEN json_valid(e.envelope) THEN e.envelope ->> '$.project_slug' END
  FROM streams s JOIN events e ON e.stream_id = s.stream_id
  WHERE s.project = ? AND e.envelope IS NOT NULL ORDER BY e.seq DESC LIMIT 1`

/** Every project whose events go out, whatever the target: a typed change of it keeps the consents. */
export function agreedProjectNames({ db }: Journal): AgreedProject[] {
  const sql = 'SELECT DISTINCT project FROM consents WHERE revoked_at_ms IS NULL ORDER BY project'
  return statement<string>(db, sql)
    .pluck()
    .all()
    .map((project) => ({
      project,
      slug: statement<string | null>(db, NAME).pluck().get(project) ?? null,
    }))
}
