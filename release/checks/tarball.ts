import { mkdir, readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { extract, list } from 'tar'

/**
 * Unpacks what `npm pack` wrote, without the folder that all of it is in. Not by the program `tar`: that and
 * `gzip` are missing on some machines, which says nothing about a tarball.
 *
 * @throws Error for anything but plain files and folders below that folder, and for an archive that is damaged
 */
export async function unpackTarball(file: string, to: string): Promise<void> {
  // The library takes an archive that was cut between two files for a whole one.
  const end = gunzipSync(await readFile(file)).subarray(-1024)
  if (end.length < 1024 || end.some((byte) => byte !== 0))
    throw new Error(`${file} ends before its end is marked`)
  const refused: string[] = []
  await list({
    ...{ file, strict: true },
    onReadEntry({ path, type }) {
      if (!/^(?:File|OldFile|Directory)$/.test(type))
        refused.push(`${path} is neither a file nor a folder`)
      const [folder = '', ...parts] = path.replace(/\/$/, '').split('/')
      if ([folder, ...parts].some((part) => ['', '.', '..'].includes(part)))
        refused.push(`${path} is not a path of a package`)
    },
  })
  if (refused.length > 0) throw new Error(refused.join('; '))
  await mkdir(to, { recursive: true })
  await extract({ file, cwd: to, strip: 1, strict: true })
}
