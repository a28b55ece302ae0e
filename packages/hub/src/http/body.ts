import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { codeOf } from '../base/errors.ts'
import { Problem } from '../base/problem.ts'
import { limitsDocument, type BatchLimits } from '../ingest/batch.ts'
import type { Budget, Take } from './budget.ts'

const unzip = promisify(gunzip)

/**
 * The decompressed body of a request, never larger than the limit, whatever was announced.
 * A sender that asked before sending it is told to send it, once nothing is in the way of reading it.
 * @param take counts what is held of it
 * @throws {Problem} `batch-too-large`, `unsupported-media`, `bad-request`, `overloaded`
 */
export async function readBody(
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
  limits: BatchLimits,
  { budget, take }: { readonly budget: Budget; readonly take: Take },
): Promise<Buffer> {
  const isZipped = isGzip(request)
  assertJson(request)
  if (Number(request.headers['content-length'] ?? 0) > limits.maxBytes) throw tooLarge(limits)
  if (request.headers.expect !== undefined && request.httpVersion !== '1.0')
    response.writeContinue()
  const body = await received(request, limits, take)
  if (!isZipped) return body
  return budget.unpacking.run(async () => {
    const unpacked = await unpack(body, limits)
    take(unpacked.length)
    return unpacked
  })
}

async function unpack(body: Buffer, limits: BatchLimits): Promise<Buffer> {
  try {
    return await unzip(body, { maxOutputLength: limits.maxBytes })
  } catch (cause) {
    if (codeOf(cause) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limits)
    throw new Problem(
      'bad-request',
      { detail: 'the body is not valid gzip', next: 'compress the whole body with gzip once' },
      { cause },
    )
  }
}

async function received(
  request: IncomingMessage,
  limits: BatchLimits,
  take: Take,
): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    take(chunk.length)
    bytes += chunk.length
    if (bytes > limits.maxBytes) throw tooLarge(limits)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, bytes)
}

function isGzip(request: IncomingMessage): boolean {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  if (encoding === 'identity') return false
  if (encoding === 'gzip' || encoding === 'x-gzip') return true
  throw new Problem('unsupported-media', {
    detail: 'the content-encoding is not supported',
    next: 'send the body as it is, or compressed with gzip once',
  })
}

function assertJson(request: IncomingMessage): void {
  const [type = '', ...parameters] = (request.headers['content-type'] ?? 'application/json')
    .toLowerCase()
    .split(';')
  assertUtf8(parameters)
  if (/^application\/(?:[\w.-]+\+)?json$/.test(type.trim())) return
  throw new Problem('unsupported-media', {
    detail: 'the content-type is not JSON',
    next: 'send content-type: application/json',
  })
}

function assertUtf8(parameters: readonly string[]): void {
  for (const parameter of parameters) {
    const [, charset] = /^\s*charset\s*=\s*"?([^"\s]*)/.exec(parameter) ?? []
    if (charset === undefined || charset === 'utf-8' || charset === 'utf8') continue
    throw new Problem('unsupported-media', {
      detail: 'the content-type names another charset than UTF-8',
      next: 'send the body in UTF-8, as all JSON between machines',
    })
  }
}

function tooLarge(limits: BatchLimits): Problem {
  return new Problem('batch-too-large', {
    detail: `the batch is too large: the limit is ${limits.maxBytes} bytes after decompression`,
    next: 'send fewer events in each batch',
    more: limitsDocument(limits),
  })
}
