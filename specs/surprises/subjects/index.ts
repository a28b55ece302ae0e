import { canarySubjects } from './canary.ts'
import { githubSubjects } from './github.ts'
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
  const github = await githubSubjects()
  return {
    all: [
      ...serviceSubjects,
      ...canarySubjects,
      ...suiteSubjects,
      ...indexSubjects,
      ...tagSubjects,
      ...github.subjects,
    ],
    [Symbol.asyncDispose]: github.dispose,
  }
}
