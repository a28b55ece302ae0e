import type { Played } from './play.ts'
import { survivors } from './survivors.ts'

/** Checks that no surprise needed, and of which nothing says why. */
export function unexplained(all: readonly Played[]): Played[] {
  return all.filter((one) => one.end === 'survived' && reasonOf(one) === undefined)
}

/** docs/surprises.md: the documents and their surprises, and what became of each disabled check. */
export function pageOf(documents: string, all: readonly Played[]): string {
  const number = (end: Played['end']): number => all.filter((one) => one.end === end).length
  const survived = all.filter(({ end }) => end === 'survived')
  return `# Surprises

Written by \`npm run surprises -- --mutants\`. Each document that the gate reads is changed: every field, its
key and the bytes around it; what contradicts itself, what can be read in two ways, what nobody knows. A
change is harmless where the document still means the same, or where \`specs/surprises/subjects\` says why
the field may differ; every other one has to be held. Of long answers of GitHub a part is played.

${documents}
## Mutants of the gate

Every check in the sources of the readers that a surprise reaches is disabled, one at a time: each condition
that throws or returns early, each finding, each refinement of a schema, each closed object, enumeration and
pattern (\`specs/surprises/mutants/guards.ts\`). Played without it is each change for which it came to something:
for every other one nothing can be different (\`probe.ts\`). Of ${all.length}, ${number('noticed')} let a surprise through, which shows that they
are needed; without ${number('idle')} the faultless world does not pass, so they are no checks; ${survived.length} change no answer.
Where no reason is given yet, another check holds the same documents, or a surprise is missing.

| Check without which nothing was released | Why |
|---|---|
${survived.map(rowOf).join('')}`
}

function rowOf(played: Played): string {
  const { file, text } = played.mutant
  const code = text.replaceAll('|', String.raw`\|`).replaceAll('`', "'")
  return `| \`${code}\` in \`${file}\` | ${reasonOf(played) ?? 'not explained yet'} |\n`
}

function reasonOf({ mutant: { file, text } }: Played): string | undefined {
  return survivors.find(([place, check]) => file.endsWith(place) && text.includes(check))?.[2]
}
