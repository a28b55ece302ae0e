import { appendFile, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  attestRun,
  json,
  makeKey,
  type Places,
  placesIn,
  readJson,
  writeDocuments,
} from './sealed-run.ts'
import { fileNameOf, statementNames } from '../../packages/gate-kernel/src/attestation/statement.ts'
import { seal } from '../../packages/gate-kernel/src/attestation/dsse.ts'
import type { SigningKey } from '../../packages/gate-kernel/src/attestation/key.ts'

/** One way to deceive an auditor. */
export interface Tamper {
  readonly name: string
  readonly apply: (scene: Scene) => Promise<void>
}

export interface Scene {
  readonly root: string
  readonly places: Places
  readonly key: SigningKey
  /** Key of somebody else. */
  readonly foreign: SigningKey
}

/** A released run, sealed with the key; nothing is wrong with it. */
export async function soundScene(root: string, key: SigningKey): Promise<Scene> {
  await writeDocuments(root)
  await attestRun(root, key)
  return { root, places: placesIn(root), key, foreign: await makeKey(root, 'foreign') }
}

type Json = Record<string, unknown>

/** Every sealed document, edited, removed and replaced by a link, and one added in each folder. */
export async function everyFile(places: Places): Promise<Tamper[]> {
  const folders = { run: places.run, attempt: places.attempt, logs: places.logs }
  const tampers: Tamper[] = []
  for (const [place, folder] of Object.entries(folders)) {
    const names = await readdir(folder, { recursive: true, withFileTypes: true })
    const files = names
      .filter((entry) => entry.isFile() && !entry.parentPath.includes('attestations'))
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    const at = (scene: Scene, file: string): string =>
      join(scene.places[place as keyof typeof folders], file)
    for (const file of files) {
      tampers.push(
        {
          name: `${place}/${file} has one more byte`,
          apply: (scene) => appendFile(at(scene, file), ' '),
        },
        { name: `${place}/${file} is gone`, apply: (scene) => rm(at(scene, file)) },
        {
          name: `${place}/${file} is a link`,
          apply: async (scene) => {
            await writeFile(join(scene.root, 'elsewhere'), '{}')
            await rm(at(scene, file))
            await symlink(join(scene.root, 'elsewhere'), at(scene, file))
          },
        },
      )
    }
    if (place !== 'logs')
      tampers.push({
        name: `${place}/ has one more file`,
        apply: (scene) => writeFile(at(scene, 'added.json'), '{}'),
      })
  }
  return tampers
}

/** A consistent rewrite: without the key, or with a key of somebody else. */
export const rewritten: readonly Tamper[] = [
  {
    name: 'the same documents, sealed anew without a key',
    apply: async (scene) => {
      await rm(join(scene.places.run, 'attestations'), { recursive: true })
      await attestRun(scene.root)
    },
  },
  {
    name: 'another image, sealed anew with a foreign key',
    apply: async (scene) => {
      await json(join(scene.places.attempt, 'health-before-four-runs.json'), { ready: 201 })
      await rm(join(scene.places.run, 'attestations'), { recursive: true })
      await attestRun(scene.root, scene.foreign)
    },
  },
  {
    name: 'a foreign signature under the id of the right key',
    apply: async (scene) => {
      await rm(join(scene.places.run, 'attestations'), { recursive: true })
      await attestRun(scene.root, { ...scene.foreign, id: scene.key.id })
    },
  },
]

/** What can be done to the envelopes alone. */
export const envelopes: readonly Tamper[] = statementNames.flatMap((name) => {
  const file = (scene: Scene): string => join(scene.places.run, 'attestations', fileNameOf(name))
  const change = (how: (envelope: Json) => Json) => async (scene: Scene) => {
    const envelope = how(await readJson(file(scene)))
    await rm(file(scene))
    await json(file(scene), envelope)
  }
  const restated = (how: (statement: Json) => void) => async (scene: Scene) => {
    const { payload } = await readJson(file(scene))
    const statement = JSON.parse(Buffer.from(String(payload), 'base64').toString()) as Json
    how(statement)
    await rm(file(scene))
    await json(file(scene), seal(Buffer.from(JSON.stringify(statement)), scene.key))
  }
  return [
    { name: `${name}: no signature`, apply: change((one) => ({ ...one, signatures: [] })) },
    {
      name: `${name}: another media type`,
      apply: change((one) => ({ ...one, payloadType: 'a/b' })),
    },
    { name: `${name}: one more key`, apply: change((one) => ({ ...one, more: 1 })) },
    {
      name: `${name}: another payload under the old signature`,
      apply: change((one) => ({ ...one, payload: Buffer.from('{}').toString('base64') })),
    },
    { name: `${name}: gone`, apply: (scene: Scene) => rm(file(scene)) },
    {
      name: `${name}: a key twice in the envelope`,
      apply: async (scene: Scene) => {
        const text = JSON.stringify(await readJson(file(scene)))
        await rm(file(scene))
        await writeFile(file(scene), `${text.slice(0, -1)},"payload":"e30="}`)
      },
    },
    {
      name: `${name}: another predicate type, signed`,
      apply: restated((one) => (one['predicateType'] = 'https://in-toto.io/attestation/link/v0.3')),
    },
    {
      name: `${name}: another subject, signed`,
      apply: restated((one) => {
        one['subject'] = [{ name: 'v9', digest: { sha256: '9'.repeat(64) } }]
      }),
    },
    {
      name: `${name}: another statement type, signed`,
      apply: restated((one) => (one['_type'] = 'https://in-toto.io/Statement/v0.1')),
    },
  ]
})

/** The rest: exchanged files, additions, a broken chain. */
export const others: readonly Tamper[] = [
  {
    name: 'a fourth attestation',
    apply: ({ places }) => writeFile(join(places.run, 'attestations', 'more.json'), '{}'),
  },
  {
    name: 'two runs exchanged',
    apply: async ({ places }) => {
      const [one, two] = [1, 2].map((number) => join(places.attempt, 'runs', `run-${number}.json`))
      const [first, second] = [await readJson(one ?? ''), await readJson(two ?? '')]
      await json(one ?? '', second)
      await json(two ?? '', first)
    },
  },
  {
    name: 'the run under another name',
    apply: async ({ places }) => {
      const { rename } = await import('node:fs/promises')
      await rename(places.run, `${places.run}-copy`)
      await mkdir(places.run)
    },
  },
]
