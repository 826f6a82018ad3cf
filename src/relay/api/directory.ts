/** Operations for whoever wants to reach an agent: its cards by their id, and its key packages. */
import { toBase64 } from '../../core/bytes.ts'
import { maxCardBytes } from '../../core/limits.ts'
import { NotFoundError, ShelfFullError } from '../errors.ts'
import { maxPackageIdCharacters } from '../mailbox/port.ts'
import { cardId, count, mailboxId } from './fields.ts'
import { forAnyone, forOwner, type Operation } from './operation.ts'
import { base64, boolean, list, object, text, withDefault } from './schema.ts'

/** A key package is at most this long: one of MLS with post-quantum keys has about 4 KiB. */
const maxPackageBytes = 16_384
const maxPackages = 100
/** What one shelf holds. */
const shelfQuota = { maxPackages: 200, maxBytes: 2_097_152 }
const maxShelveBytes = 4_194_304

const packageId = text(
  new RegExp(`^[!-~]{1,${maxPackageIdCharacters}}$`),
  maxPackageIdCharacters,
  `1 to ${maxPackageIdCharacters} printable ASCII characters`,
)
const packageFields = { id: packageId, bytes: base64(maxPackageBytes) }

const card = forAnyone({
  id: 'card',
  method: 'GET',
  path: '/v1/cards/{cardId}',
  summary:
    'The bytes of a card that this relay has seen. Their keccak256 is the id, so nobody has to believe the relay.',
  rate: 'lookup',
  params: object({ cardId }),
  answers: { 200: { says: 'the card', body: object({ cardId, card: base64(maxCardBytes) }) } },
  async run({ services }, params) {
    const bytes = services.cards.bytes(params.cardId)
    if (bytes === undefined) throw new NotFoundError()
    // What an id stands for never changes.
    const headers = { 'cache-control': 'public, max-age=31536000, immutable' }
    return { status: 200, body: { cardId: params.cardId, card: toBase64(bytes) }, headers }
  },
})

const shelveKeyPackages = forOwner({
  id: 'shelveKeyPackages',
  method: 'POST',
  path: '/v1/key-packages',
  summary: 'Lays key packages out: each is given out once, but the last-resort one when no other is left.',
  rate: 'call',
  maxBytes: maxShelveBytes,
  params: object({
    packages: list(object({ ...packageFields, lastResort: withDefault(boolean, false) }), 1, maxPackages),
  }),
  answers: { 200: { says: 'how many were new', body: object({ count }) } },
  async run({ services, mailbox }, { packages }) {
    const outcome = await services.context.mailbox.shelve(mailbox, packages, shelfQuota)
    if ('full' in outcome) throw new ShelfFullError(shelfQuota)
    return { count: outcome.shelved }
  },
})

const countKeyPackages = forOwner({
  id: 'countKeyPackages',
  method: 'GET',
  path: '/v1/key-packages',
  summary: 'How many key packages are left.',
  rate: 'call',
  params: object({}),
  answers: { 200: { says: 'what is left', body: object({ oneTime: count, hasLastResort: boolean, bytes: count }) } },
  run: ({ services, mailbox }) => services.context.mailbox.shelfStats(mailbox),
})

const takeKeyPackage = forAnyone({
  id: 'takeKeyPackage',
  method: 'POST',
  path: '/v1/key-packages/take',
  summary: 'Takes a key package of a mailbox. A mailbox without any and one that is not there give the same answer.',
  rate: 'lookup',
  params: object({ mailbox: mailboxId }),
  answers: { 200: { says: 'the package', body: object({ ...packageFields, lastResort: boolean }) } },
  async run({ services }, params) {
    services.admission.takeShelf(params.mailbox)
    const found = await services.context.mailbox.takePackage(params.mailbox)
    if (found === undefined) throw new NotFoundError()
    return { status: 200, body: { ...found, bytes: toBase64(found.bytes) } }
  },
})

/** All of them. */
export const directoryOperations: readonly Operation[] = [card, shelveKeyPackages, countKeyPackages, takeKeyPackage]
