import { askGit } from '@canary-gate/programs'
import type { Change, ChangedFile } from '../changes/change.ts'
import type { Criterion } from '../changes/criterion.ts'
import { isForeignCode } from '../changes/paths.ts'

/** Changed files that no function of the criterion is in, and that may concern it all the same. */
export async function concerning(change: Change, criterion: Criterion): Promise<readonly string[]> {
  const code = change.files.filter(
    (file) => isForeignCode(file.path) && mayConcern(file, criterion),
  )
  return [...code.map(({ path }) => path), ...(await dataOfPath(change, criterion))]
}

/** Whether code that nothing here reads mentions a telling name of the criterion. */
function mayConcern({ before, after }: ChangedFile, { places }: Criterion): boolean {
  const names = places.flatMap((place) => place.names.map((name) => name.split('.').at(-1) ?? name))
  const telling = names.filter((name) => /_[a-z]|[a-z][A-Z]/.test(name))
  return telling.some((name) => `${before}\n${after}`.includes(name))
}

/** Changed data (JSON, YAML, …) that a source file of the criterion names, so that it may read it. */
async function dataOfPath({ repo, fix, files }: Change, criterion: Criterion): Promise<string[]> {
  const isData = ({ path, role }: ChangedFile): boolean =>
    role === 'other' && /\.(?:json|ya?ml|toml|ini|cfg|csv)$/.test(path) && path.includes('/')
  const sources = criterion.places.map(({ file }) => file)
  const found = files.filter(isData).map(async ({ path }) => {
    const name = path.slice(path.lastIndexOf('/') + 1)
    const answer = await askGit(repo, ['grep', '-q', '-w', '-F', '-e', name, fix, '--', ...sources])
    return answer.ok ? [path] : []
  })
  return (await Promise.all(found)).flat()
}
