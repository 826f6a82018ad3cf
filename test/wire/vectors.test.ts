import { expect } from 'chai'
import { merklePath, merkleRoot, rootFromPath } from '../../src/anchor/merkle.ts'
import { fromHex, type Hex, toHex, utf8 } from '../../src/core/bytes.ts'
import { Secret } from '../../src/core/secret.ts'
import { suiteX25519, suiteXWing } from '../../src/core/suite.ts'
import { anchorLeaf, bindingCommitment, contentCommitment, openingPart } from '../../src/crypto/commitment.ts'
import { openBase } from '../../src/crypto/hpke.ts'
import { nodeBackend as backend } from '../../src/crypto/node-backend.ts'
import { createCard, verifyCard } from '../../src/identity/card.ts'
import { deserializeKeyring, serializeKeyring } from '../../src/identity/keyring.ts'
import { mailboxOf } from '../../src/identity/mailbox-id.ts'
import { hpkeInfo } from '../../src/messaging/sealed/hpke-info.ts'
import { statementOf } from '../../src/messaging/sealed/statement-of.ts'
import {
  decodeAcceptanceReceipt,
  encodeAcceptanceReceipt,
  isReceiptSigned,
  makeReceipts,
} from '../../src/wire/acceptance.ts'
import { encodeAgentRef } from '../../src/wire/agent-ref.ts'
import { encodeCard } from '../../src/wire/card.ts'
import { decodeChallenge, encodeChallenge } from '../../src/wire/challenge.ts'
import { decodeEnvelope, encodeEnvelope, encodeHeader } from '../../src/wire/envelope.ts'
import { decodeInnerMessage, encodeInnerMessage } from '../../src/wire/inner-message.ts'
import { decodeProof, encodeProof } from '../../src/wire/proof.ts'
import { decodeRelayFrame, encodeRelayFrame } from '../../src/wire/relay-frame.ts'
import { decodeStatement, encodeBinding, encodeContent, encodeStatement } from '../../src/wire/statement.ts'
import { agentOf, vectors } from '../support/golden.ts'

const { alice, bob, carol } = vectors.cards

describe('wire/vectors: test/vectors/herald-v1.json by the node backend', () => {
  for (const [name, vector] of Object.entries(vectors.cards))
    describe(`card of ${name}`, () => {
      const agent = agentOf(vector)
      const { card, cardId } = verifyCard(backend, agent, fromHex(vector.card))

      it('decodes, proves possession, and encodes to the same bytes', () => {
        expect(toHex(encodeCard(card))).to.equal(vector.card)
        expect(cardId).to.equal(vector.cardId)
        expect(card.relays).to.deep.equal(['https://relay.example'])
        expect(card.suite).to.equal(name === 'carol' ? suiteX25519 : suiteXWing)
      })

      it('is made anew from its secrets', () => {
        const suite = [card.suite >> 8, card.suite & 0xff]
        const secrets = Uint8Array.of(...suite, ...fromHex(vector.signingSeed), ...fromHex(vector.sealingSecret))
        const keyring = deserializeKeyring(backend, secrets)
        const made = createCard(backend, { agent, keyring, kind: card.kind, relays: card.relays })
        expect(toHex(made.cardBytes)).to.equal(vector.card)
        expect(serializeKeyring(keyring)).to.deep.equal(secrets)
      })

      it('has the agent’s mailbox and reference', () => {
        expect(mailboxOf(backend, agent)).to.equal(vector.mailbox)
        expect(toHex(encodeAgentRef(agent))).to.equal(vector.agentRef)
      })
    })

  const recipients = { xWing: bob, x25519: carol }
  for (const name of ['xWing', 'x25519'] as const)
    describe(`message by ${name}`, () => {
      const vector = vectors.messages[name]
      const recipient = agentOf(recipients[name])
      const { header, headerBytes, ciphertext } = decodeEnvelope(fromHex(vector.envelope))
      const inner = decodeInnerMessage(fromHex(vector.innerMessage))

      it('has the envelope and header it says', () => {
        expect(toHex(headerBytes)).to.equal(vector.header)
        expect(toHex(encodeHeader(header))).to.equal(vector.header)
        expect(toHex(encodeEnvelope(headerBytes, ciphertext))).to.equal(vector.envelope)
        const { messageId, expires, priority } = vector.draft
        expect(header).to.include({ messageId, expires, priority })
        expect(header.mailbox).to.equal(recipients[name].mailbox)
        expect(header.recipientCard).to.equal(recipients[name].cardId)
      })

      it('opens with the recipient’s sealing secret, under the info it says, to the inner message', () => {
        const info = hpkeInfo(header.suite, recipient, header.recipientCard)
        expect(toHex(info)).to.equal(vector.hpkeInfo)
        const secret = new Secret(fromHex(recipients[name].sealingSecret))
        const opened = openBase(backend, header.suite, secret, header.enc, info, headerBytes, ciphertext)
        expect(opened && toHex(opened)).to.equal(vector.innerMessage)
      })

      it('says inside what the draft says, and encodes to the same bytes', () => {
        const { conversation, seq, created, expires, kind, contentType } = vector.draft
        expect(inner).to.include({ conversation, seq, created, expires, kind, contentType, inReplyTo: undefined })
        expect(inner.sender).to.deep.equal(agentOf(alice))
        expect(inner.senderCard).to.equal(alice.cardId)
        expect([toHex(inner.body), toHex(inner.opening)]).to.deep.equal([vector.draft.body, vector.opening])
        expect(toHex(encodeInnerMessage(inner))).to.equal(vector.innerMessage)
      })

      it('commits to content and destination', () => {
        const { conversation, expires, inReplyTo } = inner
        const parts = [vector.contentPart, vector.bindingPart, vector.anchorPart]
        const purposes = ['content', 'binding', 'anchor'] as const
        expect(purposes.map((purpose) => toHex(openingPart(backend, purpose, inner.opening)))).to.deep.equal(parts)
        const said = encodeContent(inner)
        expect(toHex(said)).to.equal(vector.contentPreimage)
        const content = contentCommitment(backend, fromHex(vector.contentPart), said)
        expect(toHex(content)).to.equal(vector.contentCommitment)
        const bound = encodeBinding(backend.sha256(headerBytes), { recipient, conversation, expires, inReplyTo })
        expect(toHex(bound)).to.equal(vector.bindingPreimage)
        const binding = bindingCommitment(backend, fromHex(vector.bindingPart), bound)
        expect(toHex(binding)).to.equal(vector.bindingCommitment)
      })

      it('is signed by the sender’s card over the statement it says', () => {
        const statement = statementOf(backend, inner, headerBytes, recipient)
        expect(toHex(statement)).to.equal(vector.statement)
        expect(toHex(encodeStatement(decodeStatement(statement)))).to.equal(vector.statement)
        const { signingKey } = verifyCard(backend, agentOf(alice), fromHex(alice.card)).card
        const signature = fromHex(vector.signature)
        expect(inner.signature).to.deep.equal(signature)
        expect(backend.ed25519Verify(signingKey, statement, signature)).to.equal(true)
        const seed = new Secret(fromHex(alice.signingSeed))
        expect(toHex(backend.ed25519Sign(seed, statement))).to.equal(vector.signature)
      })

      it('has the leaf it says', () => {
        const part = fromHex(vector.anchorPart)
        const leaf = anchorLeaf(backend, part, fromHex(vector.statement), fromHex(vector.signature))
        expect(toHex(leaf)).to.equal(vector.leaf)
      })

      it('has a proof that says the same, opens, and stands under its root', () => {
        const proof = decodeProof(encodeProof(vector.proof))
        expect(proof).to.deep.equal(vector.proof)
        expect(proof).to.include({ statement: vector.statement, signature: vector.signature, card: alice.card })
        expect(proof.content?.part).to.equal(vector.contentPart)
        expect(proof.binding).to.include({ part: vector.bindingPart, header: vector.header })
        const { part, root, index, size, path } = proof.anchor!
        expect([part, index, size]).to.deep.equal([vector.anchorPart, 1, 3])
        const hashes = path.map((hash) => fromHex(hash, 32))
        const found = rootFromPath({ leaf: fromHex(vector.leaf), index, size, path: hashes })
        expect(found && toHex(found)).to.equal(root)
      })
    })

  it('has the tree’s leaves, root and every path', () => {
    const { leaves, root, paths } = vectors.tree
    const bytes = leaves.map((leaf) => fromHex(leaf, 32))
    expect(bytes).to.deep.equal(leaves.map((_, index) => backend.keccak256(Uint8Array.of(index))))
    expect(toHex(merkleRoot(bytes))).to.equal(root)
    expect(bytes.map((_, index) => merklePath(bytes, index).map(toHex))).to.deep.equal(paths)
    for (const [index, leaf] of bytes.entries()) {
      const path = (paths[index] ?? []).map((hash) => fromHex(hash, 32))
      expect(rootFromPath({ leaf, index, size: bytes.length, path }), `${index}`).to.deep.equal(fromHex(root))
    }
  })

  it('has acceptance receipts that their relay signed together', () => {
    const { relaySeed, receipts } = vectors.acceptance
    const seed = new Secret(fromHex(relaySeed))
    const decoded = receipts.map((receipt) => decodeAcceptanceReceipt(fromHex(receipt)))
    expect(decoded.map((receipt) => toHex(encodeAcceptanceReceipt(receipt)))).to.deep.equal(receipts)
    expect(decoded.map(({ index, size, path }) => [index, size, path.length])).to.deep.equal([
      [0, 3, 2],
      [1, 3, 2],
      [2, 3, 1],
    ])
    const { sha256, ed25519Verify: verify } = backend
    expect(decoded.every((receipt) => isReceiptSigned(receipt, { sha256, verify }))).to.equal(true)
    const sign = (bytes: Uint8Array) => backend.ed25519Sign(seed, bytes)
    expect(makeReceipts(decoded, { sha256, sign }).map(toHex)).to.deep.equal(receipts)
    for (const [i, { relayKey, mailbox, envelopeDigest, acceptedAt, keptUntil, seq }] of decoded.entries()) {
      expect(relayKey).to.deep.equal(backend.ed25519PublicKey(seed))
      expect(envelopeDigest).to.deep.equal(sha256(utf8(`envelope ${i + 1}`)))
      expect({ mailbox, acceptedAt, keptUntil, seq }).to.deep.equal({
        mailbox: bob.mailbox,
        acceptedAt: 1_795_392_000_500,
        keptUntil: 1_795_996_800_000,
        seq: i + 1,
      })
    }
  })

  it('has a challenge that its owner signed', () => {
    const { origin, challenge, signature } = vectors.session
    const bytes = fromHex(challenge)
    const decoded = decodeChallenge(bytes)
    expect(toHex(encodeChallenge(decoded))).to.equal(challenge)
    expect(decoded.relayOrigin).to.deep.equal(backend.sha256(utf8(origin)))
    expect(decoded).to.include({ mailbox: bob.mailbox, cardId: bob.cardId })
    const { signingKey } = verifyCard(backend, agentOf(bob), fromHex(bob.card)).card
    expect(backend.ed25519Verify(signingKey, bytes, fromHex(signature))).to.equal(true)
  })

  it('has a frame of every type', () => {
    const types = Object.keys(vectors.frames)
    expect(types).to.have.length(11)
    for (const type of types) {
      const bytes = fromHex(vectors.frames[type] as Hex)
      const frame = decodeRelayFrame(bytes)
      expect(frame.type).to.equal(type)
      expect(encodeRelayFrame(frame)).to.deep.equal(bytes)
    }
  })
})
