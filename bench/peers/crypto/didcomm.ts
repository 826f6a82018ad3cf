/** DIDComm v2: authcrypt (ECDH-1PU over X25519) of a message signed by Ed25519. Content travels as base64 in JSON. */
import { type DIDDoc, Message, type Secret } from 'didcomm-node'
import type { MessageProtocol } from '../../crypto/alternatives.ts'

interface Jwk {
  readonly kty: string
  readonly crv: string
  readonly x: string
  readonly d: string
}

async function jwkOf(algorithm: 'X25519' | 'Ed25519'): Promise<Jwk> {
  const usages: KeyUsage[] = algorithm === 'X25519' ? ['deriveBits'] : ['sign', 'verify']
  const { privateKey } = (await crypto.subtle.generateKey(algorithm, true, usages)) as CryptoKeyPair
  const { kty, crv, x, d } = (await crypto.subtle.exportKey('jwk', privateKey)) as Jwk
  return { kty, crv, x, d }
}

async function identity(did: string): Promise<{ document: DIDDoc; secrets: Secret[] }> {
  const [agreement, signing] = [await jwkOf('X25519'), await jwkOf('Ed25519')]
  const type = 'JsonWebKey2020'
  const method = (name: string, { d: _, ...publicKeyJwk }: Jwk) => ({
    id: `${did}#${name}`,
    type,
    controller: did,
    publicKeyJwk,
  })
  const secret = (name: string, privateKeyJwk: Jwk): Secret => ({ id: `${did}#${name}`, type, privateKeyJwk })
  return {
    document: {
      id: did,
      keyAgreement: [`${did}#agreement`],
      authentication: [`${did}#signing`],
      verificationMethod: [method('agreement', agreement), method('signing', signing)],
      service: [],
    },
    secrets: [secret('agreement', agreement), secret('signing', signing)],
  }
}

/** Signed, then authcrypted. */
export async function didcomm(content: Uint8Array): Promise<MessageProtocol> {
  const [alice, bob] = ['did:example:alice', 'did:example:bob']
  const identities = [await identity(alice), await identity(bob)]
  const documents = new Map(identities.map(({ document }) => [document.id, document]))
  const secrets = new Map(identities.flatMap(({ secrets: own }) => own.map((secret) => [secret.id, secret])))
  const resolver = { resolve: async (did: string) => documents.get(did) ?? null }
  const keys = {
    get_secret: async (id: string) => secrets.get(id) ?? null,
    find_secrets: async (ids: string[]) => ids.filter((id) => secrets.has(id)),
  }
  const body = { content: Buffer.from(content).toString('base64') }
  const seal = async () => {
    const message = new Message({
      id: crypto.randomUUID(),
      typ: 'application/didcomm-plain+json',
      type: 'https://example.org/note',
      from: alice,
      to: [bob],
      created_time: Math.floor(Date.now() / 1000),
      body,
    })
    const [packed] = await message.pack_encrypted(bob, alice, alice, resolver, keys, { forward: false })
    message.free()
    return packed
  }
  const sealed = await seal()
  const open = async () => {
    const [message, metadata] = await Message.unpack(sealed, resolver, keys, {})
    if (!metadata.non_repudiation) throw new Error('not verified')
    const value = message.as_value()
    message.free()
    return value
  }
  return {
    name: 'didcomm-node authcrypt + signature',
    gives: ['a signature (over the text, with its recipients)', 'sender known by its DID'],
    lacks: ['post-quantum secrecy', 'commitments, padding, clock window', 'sender hidden from the mediator'],
    overheadBytes: sealed.length - content.length,
    seal,
    open,
  }
}
