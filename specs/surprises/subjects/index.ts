import { canarySubjects } from './canary.ts'
import { githubSubjects, type RecordedGitHub, recordGitHub } from './github.ts'
import { indexSubjects } from './package-index.ts'
import { serviceSubjects } from './service.ts'
import type { Subject } from './subject.ts'
import { suiteSubjects } from './suite.ts'
import { tagSubjects } from './tags.ts'

export type { Subject } from './subject.ts'

/** Every document that the readers of the gate read, as the faultless world has it. */
export async function openSubjects(): Promise<
  AsyncDisposable & { readonly all: readonly Subject[] }
> {
  const github = await recordGitHub()
  return { all: subjectsWith(github), [Symbol.asyncDispose]: github.dispose }
}

/** The same with what GitHub answered before. */
export function subjectsWith(github: RecordedGitHub): readonly Subject[] {
  return [
    ...serviceSubjects,
    ...canarySubjects,
    ...suiteSubjects,
    ...indexSubjects,
    ...tagSubjects,
    ...githubSubjects(github),
  ]
}
