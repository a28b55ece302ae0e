import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import { spec } from '../spec.ts'
import { event, openLine } from './calling.ts'

const CONTENT = '# Plan\n'
const HASH = createHash('sha256').update(CONTENT).digest('hex')
const NAMESPACE = {
  project_uuid: '0190a8f0-0000-7000-8000-000000000001',
  mission_slug: 'demo',
  target_branch: 'main',
  mission_type: 'software-dev',
  manifest_version: '1',
}
const UPLOAD = {
  ...NAMESPACE,
  artifact_path: 'plan.md',
  content_hash: HASH,
  hash_algorithm: 'sha256',
  content_body: CONTENT,
}

spec(
  'BOUNDARY/FR-012',
  'a body is stored once its artifact is in the index, and again it already exists',
  async () => {
    await using line = await openLine()
    await line.login()
    const push = () => line.json('/api/dossier/push-content/', UPLOAD)
    expect(await push()).toMatchObject({ status: 404, body: { error: 'namespace_not_found' } })
    await line.batch([event()])
    expect(await push()).toMatchObject({ status: 404, body: { error: 'index_entry_not_found' } })
    await line.batch([indexed()])
    expect((await push()).status).toBe(201)
    expect((await push()).status).toBe(200)
    expect([...line.service.bodies.values()]).toMatchObject([
      { artifact_path: 'plan.md', content_body: CONTENT },
    ])
  },
)

spec(
  'BOUNDARY/FR-012',
  'a body that is incomplete or not what its hash says is refused field by field',
  async () => {
    await using line = await openLine()
    await line.login()
    const incomplete = { ...UPLOAD, target_branch: undefined }
    const refused = await line.json('/api/dossier/push-content/', incomplete)
    expect(refused.status).toBe(400)
    expect(Object.keys(refused.body)).toEqual(['target_branch'])
    const forged = await line.json('/api/dossier/push-content/', {
      ...UPLOAD,
      content_body: 'other',
    })
    expect(forged).toMatchObject({
      status: 400,
      body: { content_hash: ['does not match the content'] },
    })
    expect((await line.json('/api/dossier/push-content/', UPLOAD, 'wrong')).status).toBe(401)
  },
)

function indexed(): Record<string, unknown> {
  const payload = {
    namespace: NAMESPACE,
    artifact_id: { mission_type: 'software-dev', path: 'plan.md', artifact_class: 'output' },
    content_ref: { hash: HASH, algorithm: 'sha256' },
    indexed_at: '2026-05-20T12:00:00Z',
  }
  return event({
    event_type: 'MissionDossierArtifactIndexed',
    aggregate_type: 'MissionDossier',
    payload,
  })
}
