/** Operations that open a session: by the signing key of a card, or by the wallet that controls an agent. */
import { toBase64 } from '../../core/bytes.ts'
import { challengeBytes } from '../../wire/challenge.ts'
import { maxTokenCharacters } from '../../wire/relay-frame.ts'
import { address, agentFields, agentOf, cardId, mailboxId, millis } from './fields.ts'
import { forAnyone, type Operation } from './operation.ts'
import { base64, fixedBase64, object, text } from './schema.ts'

const challenge = fixedBase64(challengeBytes)
const printable = text(/^[\n -~]{1,4096}$/, 4096, '1 to 4096 printable ASCII characters and line feeds')
const session = object({ token: text(/^[!-~]+$/, maxTokenCharacters, 'a token'), mailbox: mailboxId, expires: millis })

const createChallenge = forAnyone({
  id: 'createChallenge',
  method: 'POST',
  path: '/v1/challenges',
  summary: 'A challenge for an agent to sign (SPEC §8.3). Given to anyone; tells nothing of whether there is one.',
  rate: 'login',
  params: object({ ...agentFields, cardId }),
  answers: { 201: { says: 'the challenge', body: object({ challenge }) } },
  run: async ({ services }, params) => ({
    challenge: toBase64(services.sessions.challenge(agentOf(params), params.cardId)),
  }),
})

const createSession = forAnyone({
  id: 'createSession',
  method: 'POST',
  path: '/v1/sessions',
  summary: "Opens a session for the mailbox of the agent whose card's key signed the challenge.",
  rate: 'login',
  params: object({ ...agentFields, cardId, challenge, signature: fixedBase64(64) }),
  answers: { 201: { says: 'the session', body: session } },
  run: ({ services }, { cardId: id, challenge: bytes, signature, ...who }) =>
    services.sessions.open({ agent: agentOf(who), cardId: id, challenge: bytes, signature }),
})

const createWalletChallenge = forAnyone({
  id: 'createWalletChallenge',
  method: 'POST',
  path: '/v1/wallet-challenges',
  summary: 'A Sign-In with Ethereum message (EIP-4361) for the wallet of a person who controls an agent.',
  rate: 'login',
  params: object({ ...agentFields, wallet: address }),
  answers: { 201: { says: 'the message to sign', body: object({ message: printable }) } },
  run: async ({ services }, { wallet, ...who }) => ({
    message: services.walletLogin.challenge(agentOf(who), wallet),
  }),
})

const createWalletSession = forAnyone({
  id: 'createWalletSession',
  method: 'POST',
  path: '/v1/wallet-sessions',
  summary: "Opens a session for the agent's mailbox when the wallet that signed is the agent's controller.",
  rate: 'login',
  params: object({ ...agentFields, wallet: address, message: printable, signature: base64(4096) }),
  answers: { 201: { says: 'the session', body: session } },
  run: ({ services }, { wallet, message, signature, ...who }) =>
    services.walletLogin.open({ agent: agentOf(who), wallet, message, signature }),
})

/** All of them. */
export const loginOperations: readonly Operation[] = [
  createChallenge,
  createSession,
  createWalletChallenge,
  createWalletSession,
]
