/** The OpenAPI 3.1 document, made from the same schemas that requests are read by. */
import { softwareVersion } from '../version.ts'
import { problem } from './fields.ts'
import type { Operation } from './operation.ts'
import type { ObjectSchema, Schema } from './schema.ts'

/** Names of the parameters that stand in a path. */
export function pathNames(path: string): readonly string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
}

function parameter(name: string, where: string, { json, optional }: Schema<unknown>, wireName = name): object {
  return { name: wireName, in: where, required: !optional, schema: json }
}

function parametersOf({ path, method, params, octets }: Operation): object[] {
  const inPath = pathNames(path)
  const place = (name: string): [string, string] | undefined => {
    if (inPath.includes(name)) return ['path', name]
    const header = octets?.headers[name]
    if (header !== undefined) return ['header', header]
    return method === 'GET' || method === 'DELETE' ? ['query', name] : undefined
  }
  return Object.entries(params.fields).flatMap(([name, schema]) => {
    const found = place(name)
    return found === undefined ? [] : [parameter(name, found[0], schema, found[1])]
  })
}

function requestBodyOf({ method, params, octets }: Operation): object | undefined {
  if (octets !== undefined) {
    const schema = { description: `at most ${octets.maxBytes} bytes` }
    return { required: true, content: { 'application/octet-stream': { schema } } }
  }
  if (method === 'GET' || method === 'DELETE') return undefined
  return { required: true, content: { 'application/json': { schema: params.json } } }
}

function contentOf(body: ObjectSchema | string): object {
  if (typeof body !== 'string') return { 'application/json': { schema: body.json } }
  return { [body]: { schema: body === 'application/json' ? { type: 'object' } : { type: 'string' } } }
}

function responsesOf({ answers }: Operation): object {
  const good = Object.entries(answers).map(([status, { says, body }]) => [
    status,
    { description: says, content: contentOf(body) },
  ])
  return { ...Object.fromEntries(good), default: { $ref: '#/components/responses/Problem' } }
}

function securityOf({ access, octets }: Operation): object[] {
  if (access === 'metrics') return [{ metrics: [] }]
  // A sender may show who it is; it does not have to.
  if (access === 'anyone') return octets === undefined ? [] : [{}, { session: [] }]
  return [{ session: [] }]
}

function describe(operation: Operation): object {
  const requestBody = requestBodyOf(operation)
  return {
    operationId: operation.id,
    summary: operation.summary,
    parameters: parametersOf(operation),
    ...(requestBody && { requestBody }),
    responses: responsesOf(operation),
    security: securityOf(operation),
  }
}

const components = {
  securitySchemes: {
    session: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
    metrics: { type: 'http', scheme: 'bearer' },
  },
  schemas: { Problem: problem.json },
  responses: {
    Problem: {
      description: 'Problem details (RFC 9457) with a stable code.',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    },
  },
}

/** The document of some operations. */
export function openApiOf(operations: readonly Operation[]): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const operation of operations)
    paths[operation.path] = { ...paths[operation.path], [operation.method.toLowerCase()]: describe(operation) }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Herald relay',
      version: softwareVersion,
      description:
        'Keeps sealed envelopes for mailboxes it cannot read. Every operation is a verb of the WebSocket too.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components,
  }
}
