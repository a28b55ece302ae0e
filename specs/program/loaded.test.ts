import { expect } from 'vitest'
import { unsafeVariables } from '../../packages/gate-kernel/src/index.ts'
import { spec } from '../spec.ts'

/** Each loads code into a process before its own, or exchanges what runs the tests. */
const loading: Readonly<Record<string, string>> = {
  LD_PRELOAD: '/usr/lib/libfaketime.so.1',
  LD_AUDIT: '/tmp/a.so',
  DYLD_INSERT_LIBRARIES: '/tmp/a.dylib',
  OPENSSL_CONF: '/tmp/openssl.cnf',
  OPENSSL_MODULES: '/tmp/modules',
  NAPI_RS_NATIVE_LIBRARY_PATH: '/tmp/a.node',
  ESBUILD_BINARY_PATH: '/tmp/esbuild',
}

spec('GATE/FR-008', 'variables that load code into the gate keep it from releasing', () => {
  for (const [name, value] of Object.entries(loading))
    expect(unsafeVariables({ [name]: value })).toEqual([name])
  const both = { LD_PRELOAD: '/usr/lib/libjemalloc.so.2:/tmp/other.so' }
  expect(unsafeVariables(both)).toEqual(['LD_PRELOAD'])
})

spec('GATE/FR-008', 'an allocator, and settings of OpenSSL that are none, are harmless', () => {
  const harmless = {
    ...{ LD_PRELOAD: '/usr/lib/x86_64-linux-gnu/libjemalloc.so.2', OPENSSL_CONF: '/dev/null' },
    ...{ LD_AUDIT: '', LD_LIBRARY_PATH: '/usr/lib', NODE_EXTRA_CA_CERTS: '/ca.pem' },
  }
  expect(unsafeVariables(harmless)).toEqual([])
})
