import { indexBase } from '../candidates/package-index.ts'
import { simplePath } from '../candidates/simple-page.ts'
import type { World } from '../world/schema.ts'
import { type Answer, ask } from './ask.ts'
import { type Finding, missing, present } from './finding.ts'

/** Both health endpoints of the hosted service answer 200. */
export async function examineService(world: World): Promise<Finding[]> {
  const { url, timeoutMs } = world.service
  const paths = ['/health/', '/health/ready/']
  return Promise.all(
    paths.map(async (path) => {
      const address = new URL(path, url).href
      return judge('service.url', address, await ask(address, timeoutMs))
    }),
  )
}

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
