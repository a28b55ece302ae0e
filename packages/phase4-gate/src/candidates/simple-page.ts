import { XMLParser } from 'fast-xml-parser'
import { DocumentError, readJson } from '@canary-gate/documents'
import { z } from 'zod'
import type { DistributionFile, Published } from './published.ts'

/** The page that every index has, because installers read it: as JSON where it can, else as HTML. */
export const simplePageTypes = 'application/vnd.pypi.simple.v1+json, text/html;q=0.1'

/** Below the index; PEP 503: in a project's name, case, `_`, `.` and `-` make no difference. */
export function simplePath(project: string): string {
  return `/simple/${encodeURIComponent(normalized(project))}/`
}

function normalized(project: string): string {
  return project.toLowerCase().replaceAll(/[-_.]+/g, '-')
}

/** @throws DocumentError when a page or a file is of another project */
export function requireProject(named: string, project: string): void {
  if (normalized(named) === normalized(project)) return
  throw new DocumentError([`it is of the project ${named}, not of ${project}`])
}

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

const jsonPage = z.object({
  meta: z.object({ 'api-version': z.string().regex(/^1\.\d+$/) }),
  name: z.string(),
  files: z.array(
    z.object({
      filename: z.string(),
      url: z.string(),
      hashes: z.object({ sha256 }),
      yanked: z.union([z.boolean(), z.string()]).default(false),
    }),
  ),
})
type SimpleFile = z.infer<typeof jsonPage>['files'][number]

/**
 * The files of a simple page (PEP 503, PEP 691), by the version that their names carry. Files that
 * are neither wheel nor source distribution are skipped.
 *
 * @throws Error when it is no such page, or names a file without its SHA-256
 */
export function readSimplePage(text: string, project: string): Published {
  const files = text.trimStart().startsWith('{') ? filesOfJson(text, project) : filesOfHtml(text)
  const published = new Map<string, DistributionFile[]>()
  for (const file of files) {
    const named = describeFilename(file.filename)
    if (named === null) continue
    requireProject(named.project, project)
    const { filename, url, hashes, yanked } = file
    const one: DistributionFile = {
      ...{ filename, url, digests: hashes, packagetype: named.packagetype },
      ...{ yanked: yanked !== false, yanked_reason: typeof yanked === 'string' ? yanked : null },
    }
    published.set(named.version, [...(published.get(named.version) ?? []), one])
  }
  return published
}

/** A version holds no `-`: in a wheel it is the second part, in a source distribution the last. */
export function describeFilename(
  name: string,
): { project: string; version: string; packagetype: 'bdist_wheel' | 'sdist' } | null {
  const wheel = /^(?<project>[^-]+)-(?<version>[^-]+)-.+\.whl$/.exec(name)?.groups
  if (wheel !== undefined) return { ...partsOf(wheel), packagetype: 'bdist_wheel' }
  const source = /^(?<project>.+)-(?<version>[^-]+)\.(?:tar\.gz|zip)$/.exec(name)?.groups
  return source === undefined ? null : { ...partsOf(source), packagetype: 'sdist' }
}

function partsOf(groups: Readonly<Record<string, string>>): { project: string; version: string } {
  return { project: groups['project'] ?? '', version: groups['version'] ?? '' }
}

function filesOfJson(text: string, project: string): SimpleFile[] {
  const page = readJson(jsonPage, text, { maximumBytes: 64 * 1024 * 1024 })
  requireProject(page.name, project)
  return page.files
}

const anchor = z.object({
  '@href': z.string(),
  /** A text, or without one: that it is there says enough. */
  '@data-yanked': z.unknown().optional(),
  '#text': z.string(),
})

function filesOfHtml(text: string): SimpleFile[] {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    allowBooleanAttributes: true,
    parseTagValue: false,
    // The option that replaces it wants a decoder from a package of its own.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    htmlEntities: true,
    unpairedTags: ['br', 'hr', 'link', 'meta', '!doctype'],
    isArray: (name) => name === 'a',
  })
  const anchors = anchorsIn(parser.parse(text)).map((one) => anchor.parse(one))
  if (anchors.length === 0) throw new Error('the page has no links')
  return anchors.map((one) => ({
    filename: one['#text'].trim(),
    url: one['@href'],
    hashes: { sha256: sha256.parse(/#sha256=(?<digest>\w+)/.exec(one['@href'])?.[1]) },
    yanked: yankedIn(one['@data-yanked']),
  }))
}

function yankedIn(attribute: unknown): boolean | string {
  return typeof attribute === 'string' ? attribute : attribute !== undefined
}

/** Links stand anywhere in the body. */
function anchorsIn(node: unknown): unknown[] {
  if (typeof node !== 'object' || node === null) return []
  return Object.entries(node).flatMap(([name, inner]: [string, unknown]) =>
    name === 'a' ? (inner as unknown[]) : anchorsIn(inner),
  )
}
