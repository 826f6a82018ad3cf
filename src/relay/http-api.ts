/** The API over HTTP: finds the operation of a path, reads its parameters from where they stand, writes its answer. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { equalBytes, utf8 } from '../core/bytes.ts'
import { pathNames } from './api/openapi.ts'
import type { Call, Octets, Operation } from './api/operation.ts'
import { operations } from './api/operations.ts'
import { object, type Schema } from './api/schema.ts'
import { clientAddress } from './client-address.ts'
import { MethodNotAllowedError, NotFoundError, SessionInvalidError, ShuttingDownError } from './errors.ts'
import { assertMediaType, readBody, readJson, sendAnswer, sendProblem } from './http-io.ts'
import { asHeraldError } from './problem.ts'
import { runOperation } from './run-operation.ts'
import type { Services } from './services.ts'
import type { OpenSession } from './sessions.ts'

type Params = Readonly<Record<string, unknown>>

/** The operations of one path, by method. */
interface Route {
  readonly names: readonly string[]
  readonly pattern: RegExp
  readonly methods: Map<string, Operation>
}

const maxJsonBytes = 16_384

function routeOf(path: string): Route {
  const pattern = new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '([^/]{1,128})')}$`)
  return { names: pathNames(path), pattern, methods: new Map() }
}

const routes = new Map<string, Route>()
for (const operation of operations) {
  const route = routes.get(operation.path) ?? routeOf(operation.path)
  route.methods.set(operation.method, operation)
  routes.set(operation.path, route)
}
const templates = [...routes.values()].filter(({ names }) => names.length > 0)

/** @throws NotFoundError or MethodNotAllowedError */
function find(method: string, path: string): { operation: Operation; inPath: Record<string, string> } {
  const route = routes.get(path) ?? templates.find(({ pattern }) => pattern.test(path))
  if (route === undefined) throw new NotFoundError()
  const operation = route.methods.get(method)
  if (operation === undefined) throw new MethodNotAllowedError({ allowed: [...route.methods.keys()].join(', ') })
  const values = route.pattern.exec(path)?.slice(1) ?? []
  return { operation, inPath: Object.fromEntries(route.names.map((name, i) => [name, values[i] ?? ''])) }
}

/** What text in a path or query says: digits are a number where one is asked for. */
function fromText(schema: Schema<unknown> | undefined, text: string): unknown {
  return schema?.json['type'] === 'integer' && /^\d{1,16}$/.test(text) ? Number(text) : text
}

function textParams(operation: Operation, values: Readonly<Record<string, string>>): Params {
  const { fields } = operation.params
  const read = Object.entries(values).map(([name, text]) => [name, fromText(fields[name], text)])
  return operation.params.parse(Object.fromEntries(read))
}

/** The body goes into its field as it is, since base64 is only for JSON; what stands in headers is read like JSON. */
async function octetParams(request: IncomingMessage, { params }: Operation, octets: Octets): Promise<Params> {
  assertMediaType(request, 'application/octet-stream')
  const { [octets.field]: _, ...rest } = params.fields
  const given = Object.entries(octets.headers).map(([name, header]) => [name, request.headers[header]])
  const inHeaders = Object.fromEntries(given.filter(([, value]) => value !== undefined))
  const shown = object(rest).parse(inHeaders)
  return { ...shown, [octets.field]: await readBody(request, octets.maxBytes) }
}

async function readParams(request: IncomingMessage, operation: Operation, inPath: Record<string, string>) {
  const { method, octets, params } = operation
  if (octets !== undefined) return octetParams(request, operation, octets)
  if (method !== 'GET' && method !== 'DELETE')
    return params.parse(await readJson(request, operation.maxBytes ?? maxJsonBytes))
  const query = new URLSearchParams((request.url ?? '').split('?')[1] ?? '')
  return textParams(operation, { ...Object.fromEntries(query), ...inPath })
}

function bearerOf(request: IncomingMessage): string | undefined {
  return /^Bearer ([!-~]+)$/.exec(request.headers.authorization ?? '')?.[1]
}

/** One request as a call. The session is looked at once, when an operation asks for it. */
function callOf(services: Services, request: IncomingMessage, response: ServerResponse): Call {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const token = bearerOf(request)
  let session: Promise<OpenSession> | undefined
  return {
    services,
    address: clientAddress(request, services.context.trustProxy),
    signal: gone.signal,
    hasSession: token !== undefined,
    session: () => {
      session ??= token === undefined ? Promise.reject(new SessionInvalidError()) : services.sessions.verify(token)
      return session
    },
  }
}

/** Whoever may not read the metrics is told that there is nothing. @throws NotFoundError */
function assertMayMeasure({ context }: Services, request: IncomingMessage): void {
  const { metricsToken, backend } = context
  const token = bearerOf(request)
  const { sha256 } = backend
  if (metricsToken === undefined || token === undefined) throw new NotFoundError()
  if (!equalBytes(sha256(utf8(token)), sha256(metricsToken.reveal()))) throw new NotFoundError()
}

async function answer(services: Services, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (services.context.closing.aborted) throw new ShuttingDownError()
  const path = (request.url ?? '').split('?')[0] ?? ''
  const { operation, inPath } = find(request.method ?? '', path)
  if (operation.access === 'metrics') assertMayMeasure(services, request)
  const call = callOf(services, request, response)
  const found = await runOperation(operation, call, () => readParams(request, operation, inPath))
  const { body = 'application/json' } = operation.answers[found.status] ?? {}
  sendAnswer(response, found, typeof body === 'string' ? body : 'application/json')
}

/** Answers one request, whatever it is. */
export function handleRequest(services: Services, request: IncomingMessage, response: ServerResponse): void {
  answer(services, request, response).catch((error: unknown) => sendProblem(response, asHeraldError(error)))
}
