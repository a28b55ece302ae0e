import { expect } from 'vitest'
import { readEnvironment } from '../../fixtures/harness/steps/environment.ts'
import { spec } from '../spec.ts'

const complete = {
  SPEC_KITTY_ENABLE_SAAS_SYNC: '1',
  SPEC_KITTY_E2E_TRUSTED_RUNNER: '1',
  SK_E2E_SPEC_KITTY_BIN: process.execPath,
  SK_E2E_SPEC_KITTY_PYTHON: process.execPath,
  SK_E2E_SPEC_KITTY_REPO: '/there/is/no/such/checkout',
  SPEC_KITTY_SAAS_URL: 'http://127.0.0.1:9/',
}

spec('GATE/FR-007', 'a complete environment is accepted', () => {
  expect(readEnvironment(complete)).toStrictEqual({
    bin: process.execPath,
    python: process.execPath,
    serverUrl: 'http://127.0.0.1:9',
  })
})

spec('GATE/FR-007', 'every missing variable is named, in one refusal', () => {
  for (const name of Object.keys(complete)) {
    expect(() => readEnvironment({ ...complete, [name]: undefined })).toThrow(name)
  }
  expect(() => readEnvironment({})).toThrow(/BIN[\s\S]*SAAS_URL/)
})

spec('GATE/C-008', 'a checkout that exists is refused, it would be picked up by accident', () => {
  const near = { ...complete, SK_E2E_SPEC_KITTY_REPO: import.meta.dirname }
  expect(() => readEnvironment(near)).toThrow('must name a path that does not exist')
})
