import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const zeros = '0'.repeat(64)

interface FileShape {
  path: string
  sizeBytes: number
  sha256: string
}
interface ManifestShape {
  files: FileShape[]
}

/** Manifests that say more, or less exactly, what a manifest says. */
const malformed: readonly (readonly [string, (manifest: ManifestShape) => object])[] = [
  ['a field of its own', (manifest) => ({ ...manifest, note: 'fine' })],
  ['a field of its own in an entry', (manifest) => withFile(manifest, { note: 'fine' })],
  ['an empty path', (manifest) => withFile(manifest, { path: '' })],
  ['a negative size', (manifest) => withFile(manifest, { sizeBytes: -1 })],
  ['a digest that begins too early', (manifest) => withFile(manifest, { sha256: `0${zeros}` })],
  ['a digest that ends too late', (manifest) => withFile(manifest, { sha256: `${zeros}x` })],
]

/** Ways to touch sealed evidence: what is done to the folder, and what a verifier must say. */
export const tampering: readonly (readonly [string, (folder: string) => Promise<void>, RegExp])[] =
  [
    [
      'an edited file of the same size',
      (f) => writeFile(join(f, 'latest.json'), '{"run":5}'),
      /content changed: latest/,
    ],
    [
      'a file that grew',
      (f) => writeFile(join(f, 'latest.json'), '{"run":4} '),
      /size changed: latest/,
    ],
    [
      'an added file',
      (f) => writeFile(join(f, 'runs', 'run-9.json'), '{}'),
      /added after sealing: runs\/run-9/,
    ],
    [
      'an added empty folder',
      async (f) => {
        await mkdir(join(f, 'more'))
      },
      /empty folder/,
    ],
    ['a removed file', (f) => rm(join(f, 'harness.log')), /missing: harness\.log/],
    [
      'a renamed file',
      (f) => rename(join(f, 'harness.log'), join(f, 'other.log')),
      /missing: harness\.log[\s\S]*added after sealing: other\.log/,
    ],
    [
      'two swapped files',
      async (f) => {
        await rename(join(f, 'runs/run-1.json'), join(f, 'x'))
        await rename(join(f, 'runs/run-2.json'), join(f, 'runs/run-1.json'))
        await rename(join(f, 'x'), join(f, 'runs/run-2.json'))
      },
      /content changed: runs\/run-1[\s\S]*content changed: runs\/run-2/,
    ],
    [
      'a file replaced by a link to equal content',
      async (f) => {
        await rename(join(f, 'latest.json'), join(f, '..', 'elsewhere.json'))
        await symlink(join(f, '..', 'elsewhere.json'), join(f, 'latest.json'))
      },
      /missing: latest[\s\S]*neither file nor folder: latest/,
    ],
    [
      'a folder replaced by a link to equal content',
      async (f) => {
        await rename(join(f, 'runs'), join(f, '..', 'runs'))
        await symlink(join(f, '..', 'runs'), join(f, 'runs'))
      },
      /neither file nor folder: runs/,
    ],
    [
      'a manifest that drops a file together with it',
      async (f) => {
        await rm(join(f, 'harness.log'))
        await editManifest(f, (manifest) => ({
          ...manifest,
          files: manifest.files.filter(({ path }) => path !== 'harness.log'),
        }))
      },
      /manifest changed/,
    ],
    [
      'a manifest with digests that are no digests',
      (f) =>
        editManifest(f, (manifest) => ({
          ...manifest,
          files: manifest.files.map((file) => ({ ...file, sha256: 'looks fine' })),
        })),
      /not a manifest/,
    ],
    [
      "a manifest with another file's well-formed digest",
      (f) =>
        editManifest(f, (manifest) => ({
          ...manifest,
          files: manifest.files.map((file) => ({ ...file, sha256: zeros })),
        })),
      /manifest changed[\s\S]*content changed/,
    ],
    [
      'a manifest that only differs in white space',
      async (f) => {
        const file = join(f, 'manifest.json')
        await writeFile(file, JSON.stringify(JSON.parse(await readFile(file, 'utf8'))))
      },
      /manifest changed/,
    ],
    [
      'a manifest that is not JSON',
      (f) => writeFile(join(f, 'manifest.json'), 'sealed'),
      /not a manifest/,
    ],
    [
      'a manifest that points outside',
      (f) => editManifest(f, (manifest) => withFile(manifest, { path: '../x' })),
      /leaves the folder/,
    ],
    [
      'a manifest that points to the root of the disk',
      (f) => editManifest(f, (manifest) => withFile(manifest, { path: '/x' })),
      /leaves the folder/,
    ],
    [
      'a manifest that lists a file twice',
      (f) =>
        editManifest(f, (manifest) => ({
          ...manifest,
          files: [...manifest.files, manifest.files[0]],
        })),
      /listed twice in the manifest: harness\.log/,
    ],
    [
      'a manifest that is a link to itself elsewhere',
      async (f) => {
        await rename(join(f, 'manifest.json'), join(f, '..', 'manifest.json'))
        await symlink(join(f, '..', 'manifest.json'), join(f, 'manifest.json'))
      },
      /the manifest is not a plain file/,
    ],
    ...malformed.map(
      ([name, edit]) =>
        [
          `a manifest with ${name}`,
          (f: string) => editManifest(f, edit),
          /the manifest is not a manifest/,
        ] as const,
    ),
    ['a missing manifest', (f) => rm(join(f, 'manifest.json')), /not sealed/],
    [
      'a record of the seal with a field of its own',
      async (f) => {
        const record = JSON.parse(await readFile(`${f}.seal.json`, 'utf8')) as object
        await rm(`${f}.seal.json`)
        await writeFile(`${f}.seal.json`, JSON.stringify({ ...record, note: 'fine' }))
      },
      /the seal record cannot be read/,
    ],
  ]

function withFile(manifest: ManifestShape, file: Partial<FileShape> & { note?: string }): object {
  const added = { path: 'x', sizeBytes: 1, sha256: zeros, ...file }
  return { ...manifest, files: [...manifest.files, added] }
}

async function editManifest(
  folder: string,
  edit: (manifest: ManifestShape) => object,
): Promise<void> {
  const file = join(folder, 'manifest.json')
  const manifest = JSON.parse(await readFile(file, 'utf8')) as ManifestShape
  await writeFile(file, `${JSON.stringify(edit(manifest), null, 2)}\n`)
}
