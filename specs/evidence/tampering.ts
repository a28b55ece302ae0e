import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

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
          files: manifest.files.map((file) => ({ ...file, sha256: '0'.repeat(64) })),
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
      'a manifest that is no JSON',
      (f) => writeFile(join(f, 'manifest.json'), 'sealed'),
      /not a manifest/,
    ],
    [
      'a manifest that points outside',
      (f) =>
        editManifest(f, (manifest) => ({
          ...manifest,
          files: [...manifest.files, { path: '../x', sizeBytes: 1, sha256: '0'.repeat(64) }],
        })),
      /leaves the folder/,
    ],
    ['a missing manifest', (f) => rm(join(f, 'manifest.json')), /not sealed/],
  ]

interface ManifestShape {
  files: { path: string; sizeBytes: number; sha256: string }[]
}

async function editManifest(
  folder: string,
  edit: (manifest: ManifestShape) => ManifestShape,
): Promise<void> {
  const file = join(folder, 'manifest.json')
  const manifest = JSON.parse(await readFile(file, 'utf8')) as ManifestShape
  await writeFile(file, `${JSON.stringify(edit(manifest), null, 2)}\n`)
}
