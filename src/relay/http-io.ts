/** Reading requests within their caps and writing answers. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { fromUtf8 } from '../core/bytes.ts'
import { HeraldError } from '../core/errors.ts'
import { parseJson } from '../wire/json-text.ts'
import type { Answer } from './api/operation.ts'
import { BodyTooLargeError, MalformedRequestError, RateLimitedError } from './errors.ts'
import { problemOf } from './problem.ts'

/** How long the rest of a refused body is thrown away. */
const lingerMillis = 500

/**
 * Reads a request's body.
 *
 * @param limit bytes; a longer body is refused without reading on, by its stated length before any of it is read
 * @throws BodyTooLargeError
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<Uint8Array> {
  if (Number(request.headers['content-length'] ?? 0) > limit) throw new BodyTooLargeError({ limit })
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    // Left early, the default iterator would destroy the socket, and with it the answer.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
      length += chunk.length
      if (length > limit) throw new BodyTooLargeError({ limit })
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof HeraldError) throw error
    throw new MalformedRequestError({ field: 'body', expected: 'complete' })
  }
  return chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks, length)
}

/** Asserts the media type of a request. @throws MalformedRequestError */
export function assertMediaType(request: IncomingMessage, expected: string): void {
  const found = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (found !== expected) throw new MalformedRequestError({ field: 'content-type', expected })
}

/** Reads JSON in which every field stands once. @throws MalformedRequestError */
export function parseJsonBody(bytes: Uint8Array): unknown {
  try {
    return parseJson(fromUtf8(bytes), 'request')
  } catch {
    throw new MalformedRequestError({ field: 'body', expected: 'JSON in UTF-8 with every field once' })
  }
}

/** Reads a request's body as JSON. @throws BodyTooLargeError or MalformedRequestError */
export async function readJson(request: IncomingMessage, limit: number): Promise<unknown> {
  assertMediaType(request, 'application/json')
  return parseJsonBody(await readBody(request, limit))
}

/** Writes an answer. @param type media type of a body that is text */
export function sendAnswer(response: ServerResponse, { status, body, headers = {} }: Answer, type: string): void {
  send(response, status, type, body, headers)
}

function send(response: ServerResponse, status: number, type: string, value: object | string, headers: object): void {
  if (response.headersSent || response.destroyed) return
  const body = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
  response.writeHead(status, {
    'content-type': type,
    'content-length': body.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  })
  if (response.req.complete || status !== 413) response.end(body)
  else endUnread(response, body)
}

/**
 * Answers a request whose body is not read to its end. Closing at once would reset the connection and take the answer
 * with it, so what still comes is thrown away for a moment.
 */
function endUnread(response: ServerResponse, body: Uint8Array): void {
  const finish = () => {
    clearTimeout(timer)
    response.end()
  }
  const timer = setTimeout(finish, lingerMillis)
  response.req.once('end', finish).once('close', finish).resume()
  response.write(body)
}

function headersOf(error: HeraldError): object {
  if (error instanceof RateLimitedError) return { 'retry-after': String(error.facts.retryAfterSeconds) }
  if (error.code === 'relay.method_not_allowed') return { allow: (error.facts as { allowed: string }).allowed }
  // The rest of the body is not read, so the connection cannot serve another request.
  return error instanceof BodyTooLargeError ? { connection: 'close' } : {}
}

/** Writes an error as problem details (RFC 9457). Its cause and stack stay here. */
export function sendProblem(response: ServerResponse, error: HeraldError): void {
  const problem = problemOf(error)
  send(response, problem.status, 'application/problem+json', problem, headersOf(error))
}
