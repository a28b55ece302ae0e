import { afterEach, expect, vi } from 'vitest'
import { proxiedClient } from '../../packages/sync-engine/src/base/network.ts'
import { spec } from '../spec.ts'

afterEach(() => vi.unstubAllEnvs())

const VARIABLES = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY'] as const
const NO_PROXIES = ['127.0.0.1:3128', 'secret:3128', 'not a secret', '://', 'ftp://secret'] as const

for (const variable of VARIABLES)
  spec(
    ['SYNC/T034', 'SYNC/T077'],
    `${variable} that names no proxy is said to be the trouble, without what it holds`,
    async () => {
      for (const value of NO_PROXIES) {
        vi.stubEnv(variable, value)
        const failed = await proxiedClient().then(
          () => 'it was taken',
          (cause: unknown) => String(cause),
        )
        expect(failed, value).toContain(`the variable ${variable} names no proxy`)
        expect(failed).not.toMatch(/secret|3128/)
      }
      for (const value of ['', 'http://127.0.0.1:1', 'https://user:secret@proxy.example:8080']) {
        vi.stubEnv(variable, value)
        await (await proxiedClient()).close()
      }
    },
  )
