/** Operations of an owner on its mailbox as a whole: settings, erasure, export. */
import { toBase64 } from '../../core/bytes.ts'
import { priorities } from '../../core/priority.ts'
import { settingsSchema } from '../mailbox-settings.ts'
import { count, envelope, millis, seq } from './fields.ts'
import { forOwner, type Operation } from './operation.ts'
import { boolean, hex, integer, list, object, oneOf, optional, withDefault } from './schema.ts'

/** A page of an export stops growing here. */
const maxPageBytes = 4_194_304
const maxPageCount = 256

const readSettings = forOwner({
  id: 'readSettings',
  method: 'GET',
  path: '/v1/mailbox/settings',
  summary: 'Who may write to the mailbox, and how long its mail is kept.',
  rate: 'call',
  params: object({}),
  answers: { 200: { says: 'the settings', body: settingsSchema } },
  run: ({ services, mailbox }) => services.settings.of(mailbox),
})

const changeSettings = forOwner({
  id: 'changeSettings',
  method: 'PUT',
  path: '/v1/mailbox/settings',
  summary: 'Replaces the settings; what is left out is as if nothing had been decided. Durable when answered.',
  rate: 'call',
  params: settingsSchema,
  answers: { 200: { says: 'the settings', body: settingsSchema } },
  async run({ services, mailbox }, settings) {
    await services.settings.change(mailbox, settings)
    return settings
  },
})

const eraseMessage = forOwner({
  id: 'eraseMessage',
  method: 'DELETE',
  path: '/v1/mailbox/messages/{seq}',
  summary: 'Erases one message, leased or not: nothing of it is left on the disk when this is answered.',
  rate: 'call',
  params: object({ seq }),
  answers: { 200: { says: 'whether there was one', body: object({ erased: boolean }) } },
  run: async ({ services, mailbox }, params) => ({
    erased: await services.context.mailbox.eraseMessage(mailbox, params.seq),
  }),
})

const eraseMailbox = forOwner({
  id: 'eraseMailbox',
  method: 'DELETE',
  path: '/v1/mailbox',
  summary: 'Erases all mail, the settings and the key packages. The mailbox then is as one never written to.',
  rate: 'call',
  params: object({}),
  answers: { 200: { says: 'how many messages there were', body: object({ count }) } },
  async run({ services, mailbox }) {
    const erased = await services.context.mailbox.eraseMailbox(mailbox)
    services.settings.forget(mailbox)
    return { count: erased }
  },
})

const exported = object({ seq, messageId: hex<string>(16), priority: oneOf(priorities), expires: millis, envelope })

const exportMailbox = forOwner({
  id: 'exportMailbox',
  method: 'GET',
  path: '/v1/mailbox/messages',
  summary: 'Reads mail in order of arrival without leasing it. `next` is `after` of the next page; none at the end.',
  rate: 'call',
  params: object({ after: withDefault(seq, 0), limit: withDefault(integer(1, maxPageCount), 64) }),
  answers: {
    200: { says: 'a page', body: object({ messages: list(exported, 0, maxPageCount), next: optional(seq) }) },
  },
  async run({ services, mailbox }, { after, limit }) {
    const { mailbox: store, ambient } = services.context
    const options = { order: 'arrival', afterSeq: after, limit, maxBytes: maxPageBytes, now: ambient.now() } as const
    const page = await store.read(mailbox, options)
    const messages = page.map(({ body, ...message }) => ({ ...message, envelope: toBase64(body) }))
    const next = page.at(-1)?.seq
    return { messages, ...(next !== undefined && { next }) }
  },
})

/** All of them. */
export const mailboxOperations: readonly Operation[] = [
  readSettings,
  changeSettings,
  exportMailbox,
  eraseMessage,
  eraseMailbox,
]
