import { type Finding, missing, present, unknown } from '@canary-gate/gate-kernel'
import { z } from 'zod'
import { indexBase } from '../candidates/package-index.ts'
import { simplePath } from '../candidates/simple-page.ts'
import { limitsPath } from '../service/reader.ts'
import type { World } from '../world/schema.ts'
import { type Answer, ask } from './ask.ts'

/** Both health endpoints of the hosted service answer 200, and it tells its ingress limits (C-004). */
export async function examineService(
  world: World,
  environment: NodeJS.ProcessEnv,
): Promise<Finding[]> {
  const { url, timeoutMs } = world.service
  const paths = ['/health/', '/health/ready/']
  const endpoints = paths.map(async (path) => {
    const address = new URL(path, url).href
    return judge('service.url', address, await ask(address, timeoutMs))
  })
  return Promise.all([...endpoints, examineLimits(world, environment)])
}

async function examineLimits(world: World, environment: NodeJS.ProcessEnv): Promise<Finding> {
  const { url, timeoutMs, tokenEnv } = world.service
  const subject = 'service.tokenEnv'
  const token = tokenEnv === undefined ? '' : (environment[tokenEnv]?.trim() ?? '')
  if (tokenEnv !== undefined && token === '')
    return missing(subject, `${tokenEnv} is not set`, `export ${tokenEnv}=...`)
  const address = new URL(limitsPath, url).href
  const headers = token === '' ? undefined : { authorization: `Bearer ${token}` }
  const answer = await ask(address, timeoutMs, headers)
  if (answer.kind === 'silence')
    return unknown(subject, `${address}: ${answer.why}`, 'mend service.url first')
  if (answer.status === 401 || answer.status === 403) {
    const next =
      tokenEnv === undefined
        ? `write ${subject} = "NAME", and export a reader's token as NAME`
        : `renew the token in ${tokenEnv}`
    return missing(
      subject,
      `${address} answers ${answer.status}`,
      `${next}; C-004 reads its limits`,
    )
  }
  if (tellsLimits(answer.body)) return present(subject, `${address} tells the ingress limits`)
  const seen = `${address} answers ${answer.status} without sync_ingress.limits`
  return unknown(subject, seen, 'C-004 will be inconclusive; compare it with the health contract')
}

function tellsLimits(body: unknown): boolean {
  const told = limitsSchema.safeParse(body)
  return told.success && Object.keys(told.data.sync_ingress.limits).length > 0
}

const limitsSchema = z.looseObject({
  sync_ingress: z.looseObject({ limits: z.record(z.string(), z.unknown()) }),
})

/** The package index knows the project: by its JSON document, or by the page that installers read. */
export async function examineIndex(world: World): Promise<Finding[]> {
  const { indexUrl, project } = world.candidate
  const base = indexBase(indexUrl)
  const document = `${base}/pypi/${project}/json`
  const answer = await ask(document, world.service.timeoutMs)
  if (answer.kind === 'silence' || answer.status !== 404)
    return [judge('candidate.indexUrl', document, answer)]
  const page = `${base}${simplePath(project)}`
  return [judge('candidate.indexUrl', page, await ask(page, world.service.timeoutMs))]
}

function judge(subject: string, address: string, answer: Answer): Finding {
  const next = `open ${address} by hand; correct ${subject} or wait until it answers 200`
  if (answer.kind === 'silence') return missing(subject, `${address}: ${answer.why}`, next)
  if (answer.status !== 200) return missing(subject, `${address} answers ${answer.status}`, next)
  return present(subject, `${address} answers 200`)
}
