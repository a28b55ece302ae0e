import { type Line, type Play, playFaultless, playSurprises } from './play.ts'

/** Plays surprises and faultless worlds, and makes the page that says how they ended. */
export async function playPage({
  faultless,
  ...play
}: Play & { readonly faultless: number }): Promise<{
  readonly isRight: boolean
  readonly page: string
}> {
  const lines = play.count === 0 ? [] : await playSurprises(play)
  const plain = await playFaultless({ ...play, count: faultless })
  const isRight = [...lines, ...plain].every(({ wrong }) => wrong === null)
  return { isRight, page: pageOf(play, lines, plain) }
}

/** Groups of documents, by how the player calls them. */
const groups: readonly (readonly [RegExp, string])[] = [
  [/^github: (POST comment|PATCH)/, 'answers of GitHub to a write'],
  [/^github: /, 'answers of GitHub to a read'],
  [/^service: GET \/(health|api)/, 'answers of the service'],
  [/^service: GET \/admin/, 'image and historical rows, printed by programs'],
  [/^index: /, 'answers of the package index'],
  [/^(single |runs\/|latest)/, 'documents of the canary'],
  [/^teamspace/, 'report and log of the Teamspace suite'],
]

function pageOf({ seed }: Play, lines: readonly Line[], faultless: readonly Line[]): string {
  const rows = groups.map(([at, name]) =>
    row(
      name,
      lines.filter(({ surprise }) => groupOf(surprise?.at ?? '') === at),
    ),
  )
  const wrong = [...lines, ...faultless].filter((line) => line.wrong !== null)
  const released = faultless.filter(({ verdict }) => verdict === 'release').length
  return `# Surprises, played through the real gate

Written by \`npm run surprises -- --played\`. In a world where all is well one document is changed, from the
first time that the gate reads it or from a later one on; the real gate runs, with a configuration and with
stand-ins for the canary and the suite. A document that the gate never came to read counts as harmless, and
so does what \`specs/surprises/played/judge.ts\` lists with its reason. Everything else has to be held, with a
verdict, and with nothing on GitHub that was not there before the surprise.

| Changed | Played | Held | Harmless | Ended wrongly |
|---|---|---|---|---|
${rows.join('')}${row('all', lines)}
Seed ${seed}. Faultless worlds of the same kind: ${faultless.length} played, ${released} released.
${wrong.map(({ what, wrong: why }) => `\\n- ${why ?? ''}: ${what}`).join('')}
## Where they were held

| Requirement and code | Times |
|---|---|
${held(lines)}`
}

function groupOf(at: string): RegExp | undefined {
  return groups.find(([pattern]) => pattern.test(at))?.[0]
}

function row(name: string, lines: readonly Line[]): string {
  const wrong = lines.filter((line) => line.wrong !== null).length
  const right = lines.filter((line) => line.wrong === null)
  const harmless = right.filter(({ verdict }) => verdict === 'release').length
  return `| ${[name, lines.length, right.length - harmless, harmless, wrong].join(' | ')} |\n`
}

function held(lines: readonly Line[]): string {
  const counts = new Map<string, number>()
  for (const { stop } of lines) if (stop !== '') counts.set(stop, (counts.get(stop) ?? 0) + 1)
  return [...counts]
    .toSorted(([one, many], [other, more]) => more - many || one.localeCompare(other))
    .map(([stop, times]) => `| ${stop} | ${times} |\n`)
    .join('')
}
