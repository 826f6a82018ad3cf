/** The whole API of a relay, as a table (SPEC §8.5). */
import { aboutOperations } from './about.ts'
import { directoryOperations } from './directory.ts'
import { loginOperations } from './login.ts'
import { mailOperations } from './mail.ts'
import { mailboxOperations } from './mailbox.ts'
import { openApiOf } from './openapi.ts'
import { forAnyone, type Operation } from './operation.ts'
import { object } from './schema.ts'

const openapi = forAnyone({
  id: 'openapi',
  method: 'GET',
  path: '/openapi.json',
  summary: 'This document.',
  rate: 'none',
  params: object({}),
  answers: { 200: { says: 'the document', body: 'application/json' } },
  run: async () => ({ status: 200, body: document }),
})

/** Every operation. */
export const operations: readonly Operation[] = [
  ...mailOperations,
  ...mailboxOperations,
  ...directoryOperations,
  ...loginOperations,
  ...aboutOperations,
  openapi,
]

/** The OpenAPI 3.1 document of all of them. */
const document: object = openApiOf(operations)
