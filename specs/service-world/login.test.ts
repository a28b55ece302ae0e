import { expect } from 'vitest'
import { spec } from '../spec.ts'
import { deviceGrant, openLine } from './calling.ts'

spec(
  'GATE/FR-007',
  'a device code is approved at once and yields tokens with both expiries',
  async () => {
    await using line = await openLine()
    const device = await line.form('/oauth/device', {
      client_id: 'cli_native',
      scope: 'offline_access',
    })
    expect(device).toMatchObject({
      status: 200,
      body: { expires_in: 900, interval: 0, verification_uri: `${line.service.url}/device` },
    })
    const tokens = await line.form('/oauth/token', deviceGrant(String(device.body['device_code'])))
    expect(tokens).toMatchObject({
      status: 200,
      body: { token_type: 'Bearer', expires_in: 3600, scope: 'offline_access' },
    })
    for (const key of ['access_token', 'refresh_token', 'session_id', 'refresh_token_expires_at'])
      expect(tokens.body[key]).toEqual(expect.stringMatching(/./))
    const spent = await line.form('/oauth/token', deviceGrant(String(device.body['device_code'])))
    expect(spent).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  },
)

spec('GATE/FR-007', 'the profile names the teams and marks the private one', async () => {
  await using line = await openLine()
  const token = await line.login()
  const me = await line.get('/api/v1/me', token)
  expect(me.status).toBe(200)
  expect(me.body['email']).toBe('robin@canary.example')
  expect(
    (me.body['teams'] as { is_private_teamspace: boolean }[]).map(
      (team) => team.is_private_teamspace,
    ),
  ).toEqual([false, true])
  expect((await line.get('/api/v1/me', 'wrong')).status).toBe(401)
})

spec(
  'GATE/FR-007',
  'without automatic approval the code stays pending until somebody decides',
  async () => {
    await using line = await openLine({ login: { approveAs: null } })
    const { body: device } = await line.form('/oauth/device', {})
    const grant = deviceGrant(String(device['device_code']))
    expect(await line.form('/oauth/token', grant)).toMatchObject({
      status: 400,
      body: { error: 'authorization_pending' },
    })
    const decision = { user_code: String(device['user_code']), email: 'kim@canary.example' }
    await line.form('/device/approve', decision)
    const { body: tokens } = await line.form('/oauth/token', grant)
    expect((await line.get('/api/v1/me', String(tokens['access_token']))).body['email']).toBe(
      'kim@canary.example',
    )
    const { body: second } = await line.form('/oauth/device', {})
    await line.form('/device/approve', {
      ...decision,
      user_code: String(second['user_code']),
      decision: 'deny',
    })
    expect(
      (await line.form('/oauth/token', deviceGrant(String(second['device_code'])))).body,
    ).toMatchObject({ error: 'access_denied' })
  },
)

spec('GATE/FR-007', 'codes and tokens expire by the clock of the service', async () => {
  let now = 0
  await using line = await openLine({
    now: () => now,
    login: { deviceCodeTtlS: 60, accessTokenTtlS: 60, refreshTokenTtlS: 600 },
  })
  const { body: device } = await line.form('/oauth/device', {})
  now = 61_000
  expect(
    (await line.form('/oauth/token', deviceGrant(String(device['device_code'])))).body,
  ).toMatchObject({ error: 'expired_token' })
  const access = await line.login()
  now += 61_000
  expect((await line.get('/api/v1/me', access)).status).toBe(401)
})

spec(
  'GATE/FR-007',
  'a refresh rotates the token; the spent one is a benign replay, a foreign one is refused',
  async () => {
    await using line = await openLine()
    const { body: device } = await line.form('/oauth/device', {})
    const { body: first } = await line.form(
      '/oauth/token',
      deviceGrant(String(device['device_code'])),
    )
    const refresh = (token: unknown) =>
      line.form('/oauth/token', {
        grant_type: 'refresh_token',
        refresh_token: String(token),
        client_id: 'cli_native',
      })
    const second = await refresh(first['refresh_token'])
    expect(second).toMatchObject({
      status: 200,
      body: { session_id: first['session_id'], generation: 2 },
    })
    expect(second.body['refresh_token']).not.toBe(first['refresh_token'])
    expect((await line.get('/api/v1/me', String(first['access_token']))).status).toBe(401)
    expect(await refresh(first['refresh_token'])).toMatchObject({
      status: 409,
      body: { error: 'refresh_replay_benign_retry' },
    })
    expect(await refresh('foreign')).toMatchObject({
      status: 401,
      body: { error: 'invalid_grant' },
    })
  },
)

spec('GATE/FR-007', 'a revoked login can neither read nor refresh', async () => {
  await using line = await openLine()
  const { body: device } = await line.form('/oauth/device', {})
  const { body: tokens } = await line.form(
    '/oauth/token',
    deviceGrant(String(device['device_code'])),
  )
  const refresh_token = String(tokens['refresh_token'])
  expect(await line.form('/oauth/revoke', { token: refresh_token })).toMatchObject({
    status: 200,
    body: { revoked: true },
  })
  expect((await line.get('/api/v1/me', String(tokens['access_token']))).status).toBe(401)
  expect(
    (await line.form('/oauth/token', { grant_type: 'refresh_token', refresh_token })).status,
  ).toBe(401)
})

spec('GATE/FR-007', 'a socket token is given for a team of the user only', async () => {
  await using line = await openLine()
  await line.login()
  const given = await line.json('/api/v1/ws-token', { team_id: 'team-robin' })
  expect(given).toMatchObject({ status: 200, body: { expires_in: 60 } })
  expect(Object.keys(given.body).sort()).toEqual(['expires_in', 'session_id', 'ws_token', 'ws_url'])
  expect(await line.json('/api/v1/ws-token', { team_id: 'team-kim' })).toMatchObject({
    status: 403,
    body: { error: 'not_a_team_member' },
  })
})
