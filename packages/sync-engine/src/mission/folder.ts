import { advice } from '../base/remedies.ts'
import { isThere } from '../base/present.ts'
import { appendFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SyncError } from '../base/errors.ts'
import { readIfPresent } from '../home/files.ts'
import { unlessTaken } from '../home/new-file.ts'
import { asString, parseObject } from '../base/json.ts'
import { laneNamed, type Lane } from './lanes.ts'
import type { Project } from './project.ts'

/** A mission: a folder of Markdown under `kitty-specs/`, with its own log of status events. */
export interface Mission {
  readonly slug: string
  readonly folder: string
  readonly missionId: string
  readonly missionType: string
  readonly targetBranch: string
}

export interface StatusEvent {
  readonly event_id: string
  readonly at: string
  readonly wp_id: string
  readonly from_lane: Lane
  readonly to_lane: Lane
  readonly actor: string
  readonly force: boolean
  readonly reason: string | null
  readonly review_ref: string | null
}

export function missionFolder(project: Project, slug: string): string {
  return join(project.root, 'kitty-specs', slug)
}

/**
 * Lays out the documents of a new mission; what somebody wrote there already stays. It is one only when
 * `completeMission` has been called.
 * @throws {SyncError} `mission-exists`, `mission-invalid`
 */
export function layOutMission(
  project: Project,
  mission: Omit<Mission, 'folder'>,
  workPackages: number,
): Mission {
  const folder = missionFolder(project, mission.slug)
  if (!isSlug(mission.slug))
    throw refused(
      'mission-invalid',
      `"${shortened(mission.slug)}" is no slug`,
      join(project.root, 'kitty-specs'),
      'use at most 100 letters, digits and dashes',
    )
  if (isThere(join(folder, 'meta.json')))
    throw refused(
      'mission-exists',
      'the mission exists',
      folder,
      'choose another slug, or go on with it',
    )
  mkdirSync(join(folder, 'tasks'), { recursive: true })
  for (const id of packageIds(workPackages))
    writeDraft(join(folder, 'tasks', `${id}.md`), `# ${id}\n\nWhat this work package delivers.\n`)
  writeDraft(join(folder, 'spec.md'), `# Mission ${mission.slug}\n\nWhat it is for.\n`)
  writeDraft(join(folder, 'tasks.md'), `# Tasks of ${mission.slug}\n`)
  return { ...mission, folder }
}

/** Writes the first draft of a document, unless there is one; an empty one is what a crash has left. */
export function writeDraft(path: string, text: string): void {
  const flag = readIfPresent(path) === '' ? 'w' : 'wx'
  unlessTaken(() => {
    writeFileSync(path, text, { flag })
  })
}

/**
 * Makes the folder a mission, once its events are captured: a crash before leaves no mission, and the
 * command may be repeated.
 */
export function completeMission(mission: Mission): void {
  const meta = {
    mission_id: mission.missionId,
    mission_slug: mission.slug,
    mission_type: mission.missionType,
    target_branch: mission.targetBranch,
  }
  writeFileSync(join(mission.folder, 'meta.json'), `${JSON.stringify(meta, null, 2)}\n`)
}

function isSlug(text: string): boolean {
  return /^[a-z0-9][a-z0-9-]{0,99}$/i.test(text)
}

function shortened(text: string): string {
  return text.length <= 100 ? text : `${text.slice(0, 100)}…`
}

/** Names of the first work packages: WP01, WP02, … */
export function packageIds(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `WP${String(index + 1).padStart(2, '0')}`)
}

/** @throws {SyncError} `no-mission`, `mission-invalid` */
export function openMission(project: Project, slug: string): Mission {
  const folder = missionFolder(project, slug)
  // A name that is no slug leads out of the folder of missions, or nowhere.
  const text = isSlug(slug) ? readIfPresent(join(folder, 'meta.json')) : undefined
  if (text === undefined) {
    const what = `there is no mission "${shortened(slug)}"`
    throw refused('no-mission', what, join(project.root, 'kitty-specs'), missionsOf(project))
  }
  const meta = parseObject(text)
  const missionId = asString(meta?.['mission_id'])
  if (meta === undefined || missionId === undefined)
    throw refused(
      'mission-invalid',
      'meta.json cannot be read',
      folder,
      'restore it from version control',
    )
  return {
    slug,
    folder,
    missionId,
    missionType: asString(meta['mission_type']) ?? 'software-dev',
    targetBranch: asString(meta['target_branch']) ?? 'main',
  }
}

/**
 * The slug of the only mission of a project.
 * @throws {SyncError} `no-mission` if there is none, or several
 */
export function onlyMission(project: Project): string {
  const [first, ...others] = missionSlugs(project)
  if (first !== undefined && others.length === 0) return first
  const what = first === undefined ? 'there is no mission yet' : 'there are several missions'
  throw refused('no-mission', what, join(project.root, 'kitty-specs'), missionsOf(project))
}

function missionSlugs(project: Project): string[] {
  const root = join(project.root, 'kitty-specs')
  const names = isThere(root) ? readdirSync(root).sort() : []
  return names.filter((name) => isThere(join(root, name, 'meta.json')))
}

function missionsOf(project: Project): string {
  const known = missionSlugs(project).join(', ')
  return known === ''
    ? 'run: spec-kitty agent mission create <slug>'
    : `use --mission with one of: ${known}`
}

/**
 * The file of a work package, e.g. `tasks/WP01-first-step.md`.
 * @throws {SyncError} `no-work-package`
 */
export function workPackageFile(mission: Mission, wpId: string): string {
  const folder = join(mission.folder, 'tasks')
  const names = isThere(folder) ? readdirSync(folder).filter((name) => name.endsWith('.md')) : []
  const name = names.find((file) => file === `${wpId}.md` || file.startsWith(`${wpId}-`))
  if (name !== undefined) return join(folder, name)
  const known = names.map((file) => file.replace(/[-.].*$/, '')).join(', ')
  throw refused(
    'no-work-package',
    `there is no work package "${wpId}"`,
    folder,
    `known are: ${known || 'none'}`,
  )
}

/** Task boxes in a work package's file that are not ticked. */
export function openTasks(file: string): number {
  return readIfPresent(file)?.match(/^\s*[-*] \[ \] /gm)?.length ?? 0
}

/** The status events of a mission in their order; lines that cannot be read are passed over. */
export function statusEvents(mission: Mission): StatusEvent[] {
  const text = readIfPresent(statusLog(mission)) ?? ''
  return text.split('\n').flatMap((line) => {
    const row = parseObject(line)
    const from = laneNamed(asString(row?.['from_lane']) ?? '')
    const to = laneNamed(asString(row?.['to_lane']) ?? '')
    if (row === undefined || from === undefined || to === undefined) return []
    return [{ ...(row as unknown as StatusEvent), from_lane: from, to_lane: to }]
  })
}

export function appendStatusEvent(mission: Mission, event: StatusEvent): void {
  appendFileSync(statusLog(mission), `${JSON.stringify(event)}\n`)
}

function statusLog(mission: Mission): string {
  return join(mission.folder, 'status.events.jsonl')
}

function refused(
  code: 'mission-exists' | 'mission-invalid' | 'no-mission' | 'no-work-package',
  what: string,
  where: string,
  next: string,
): SyncError {
  return new SyncError({ code, what, where, remedy: advice(next) })
}
