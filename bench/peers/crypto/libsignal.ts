/**
 * Signal's sealed sender over an established session (PQXDH, then the triple ratchet), both ends in this process. The
 * stores keep native handles in memory and never serialise, which is the cheapest a caller can do.
 */
import * as signal from '@signalapp/libsignal-client'
import type { MessageProtocol } from '../../crypto/alternatives.ts'

type Bytes = Uint8Array<ArrayBuffer>

class Sessions extends signal.SessionStore {
  readonly records = new Map<string, signal.SessionRecord>()
  override async saveSession(name: signal.ProtocolAddress, record: signal.SessionRecord): Promise<void> {
    this.records.set(name.toString(), record)
  }
  override async getSession(name: signal.ProtocolAddress): Promise<signal.SessionRecord | null> {
    return this.records.get(name.toString()) ?? null
  }
  override async getExistingSessions(names: signal.ProtocolAddress[]): Promise<signal.SessionRecord[]> {
    return names.flatMap((name) => this.records.get(name.toString()) ?? [])
  }
}

class Identities extends signal.IdentityKeyStore {
  readonly key = signal.PrivateKey.generate()
  override async getIdentityKey(): Promise<signal.PrivateKey> {
    return this.key
  }
  override async getLocalRegistrationId(): Promise<number> {
    return 5
  }
  readonly known = new Map<string, signal.PublicKey>()
  override async saveIdentity(name: signal.ProtocolAddress, key: signal.PublicKey): Promise<signal.IdentityChange> {
    this.known.set(name.toString(), key)
    return signal.IdentityChange.NewOrUnchanged
  }
  override async isTrustedIdentity(): Promise<boolean> {
    return true
  }
  override async getIdentity(name: signal.ProtocolAddress): Promise<signal.PublicKey | null> {
    return this.known.get(name.toString()) ?? null
  }
}

function storeOf<StoredRecord>() {
  const records = new Map<number, StoredRecord>()
  const save = async (id: number, record: StoredRecord) => void records.set(id, record)
  const get = async (id: number) => records.get(id) as StoredRecord
  return { records, save, get }
}

function preKeyStores() {
  const [oneTime, signed, kyber] = [
    storeOf<signal.PreKeyRecord>(),
    storeOf<signal.SignedPreKeyRecord>(),
    storeOf<signal.KyberPreKeyRecord>(),
  ]
  class PreKeys extends signal.PreKeyStore {
    override savePreKey = oneTime.save
    override getPreKey = oneTime.get
    override removePreKey = async () => {}
  }
  class SignedPreKeys extends signal.SignedPreKeyStore {
    override saveSignedPreKey = signed.save
    override getSignedPreKey = signed.get
  }
  class KyberPreKeys extends signal.KyberPreKeyStore {
    override saveKyberPreKey = kyber.save
    override getKyberPreKey = kyber.get
    override markKyberPreKeyUsed = async () => {}
  }
  return { oneTime: new PreKeys(), signed: new SignedPreKeys(), kyber: new KyberPreKeys() }
}

function party(uuid: string) {
  const address = signal.ProtocolAddress.new(uuid, 1)
  return { uuid, address, sessions: new Sessions(), identities: new Identities(), preKeys: preKeyStores() }
}

type Party = ReturnType<typeof party>

async function publishBundle({ identities, preKeys }: Party): Promise<signal.PreKeyBundle> {
  const [oneTime, signed, kyber] = [
    signal.PrivateKey.generate(),
    signal.PrivateKey.generate(),
    signal.KEMKeyPair.generate(),
  ]
  const sign = (publicKey: { serialize(): Bytes }) => identities.key.sign(publicKey.serialize())
  const [signature, kyberSignature] = [sign(signed.getPublicKey()), sign(kyber.getPublicKey())]
  await preKeys.oneTime.savePreKey(1, signal.PreKeyRecord.new(1, oneTime.getPublicKey(), oneTime))
  const record = signal.SignedPreKeyRecord.new(2, Date.now(), signed.getPublicKey(), signed, signature)
  await preKeys.signed.saveSignedPreKey(2, record)
  await preKeys.kyber.saveKyberPreKey(3, signal.KyberPreKeyRecord.new(3, Date.now(), kyber, kyberSignature))
  const registrationId = await identities.getLocalRegistrationId()
  const identityKey = identities.key.getPublicKey()
  return signal.PreKeyBundle.new(
    registrationId,
    1,
    1,
    oneTime.getPublicKey(),
    2,
    signed.getPublicKey(),
    signature,
    identityKey,
    3,
    kyber.getPublicKey(),
    kyberSignature,
  )
}

/** The service that vouches for senders: its root, and certificates under it. */
function certifier() {
  const [root, server] = [signal.PrivateKey.generate(), signal.PrivateKey.generate()]
  const certificate = signal.ServerCertificate.new(1, server.getPublicKey(), root)
  const certify = ({ uuid, identities }: Party) =>
    signal.SenderCertificate.new(
      uuid,
      null,
      1,
      identities.key.getPublicKey(),
      Date.now() + 86_400_000,
      certificate,
      server,
    )
  return { trustRoot: root.getPublicKey(), certify }
}

/** How many messages are received before the receiving session is set back to where it was. */
const burst = 64

/** Sealed sender, with a session that both ends have spoken in. */
export async function libsignal(content: Uint8Array): Promise<MessageProtocol> {
  const message = Uint8Array.from(content)
  const alice = party('9d0652a3-dcc3-4d11-975f-74d61598733f')
  const bob = party('796abedb-ca4e-4f18-8803-1fde5b921f9f')
  const { trustRoot, certify } = certifier()
  const encrypt = (from: Party, to: Party, certificate: signal.SenderCertificate, text: Bytes) =>
    signal.sealedSenderEncryptMessage(text, to.address, certificate, from.sessions, from.identities)
  const decrypt = ({ uuid, sessions, identities, preKeys }: Party, sealed: Bytes) =>
    signal.sealedSenderDecryptMessage(
      sealed,
      trustRoot,
      Date.now(),
      null,
      uuid,
      1,
      sessions,
      identities,
      preKeys.oneTime,
      preKeys.signed,
      preKeys.kyber,
    )
  const [fromAlice, fromBob] = [certify(alice), certify(bob)]
  const bundle = await publishBundle(bob)
  await signal.processPreKeyBundle(bundle, bob.address, alice.address, alice.sessions, alice.identities)
  for (let i = 0; i < 2; i++) {
    await decrypt(bob, await encrypt(alice, bob, fromAlice, message))
    await decrypt(alice, await encrypt(bob, alice, fromBob, message))
  }
  await decrypt(bob, await encrypt(alice, bob, fromAlice, message))
  const beginning = bob.sessions.records.get(alice.address.toString()) as signal.SessionRecord
  const sealed: Bytes[] = []
  for (let i = 0; i < burst; i++) sealed.push(await encrypt(alice, bob, fromAlice, message))
  let turn = 0
  return {
    name: 'libsignal sealed sender',
    gives: ['sender hidden from the server', 'forward secrecy', 'post-compromise security', 'post-quantum secrecy'],
    lacks: [
      'a signature (MACs are deniable: a third party is shown nothing)',
      'a registry of keys anyone can check (a server certifies senders)',
      'mail to somebody never spoken to without fetching a prekey first',
    ],
    overheadBytes: (sealed[0] as Bytes).length - content.length,
    seal: () => encrypt(alice, bob, fromAlice, message),
    open() {
      if (turn === 0) bob.sessions.records.set(alice.address.toString(), beginning)
      const next = sealed[turn] as Bytes
      turn = (turn + 1) % burst
      return decrypt(bob, next)
    },
  }
}
