import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'

/** The version of this package, in a checkout and in the tarball, where its folder lies deeper. */
export function packageVersion(): string {
  const file = findPackageJSON(import.meta.url)
  if (file === undefined) throw new Error('the hub has no package.json: install it again')
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
