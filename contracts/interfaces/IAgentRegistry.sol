// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IAgentControl} from "./IAgentControl.sol";
import {CardId, IAgentRegistryErrors} from "./IAgentRegistryErrors.sol";

/**
 * @title IAgentRegistry
 * @author Herald
 * @notice Says which card speaks for an address, since when and until when, and keeps the whole history of its cards.
 *
 * A card is an immutable byte string with an agent's public keys and relay addresses. Its bytes are in the log of the
 * transaction that published it; storage keeps its id and one packed record. An agent has at most one current card and
 * any number of earlier ones, numbered by epoch: 0, 1, 2, … without a gap. So whoever reads the current record knows
 * how many cards there are, and can tell when a log server or mirror holds one back.
 *
 * All times are Unix seconds of the block that recorded them. Every range is half-open: a card is in force from
 * `validFrom` (included) until `validUntil` (excluded).
 *
 * Who acts for an agent is in {IAgentControl}: its controller, which is the agent itself unless control was passed on,
 * by a transaction or by a signature that anybody may hand in; and its guardian, which may revoke.
 */
interface IAgentRegistry is IAgentControl, IAgentRegistryErrors {
    /**
     * @notice What a card was worth at some time, as it was known at some other time; see {statusAt}.
     * @dev `Unknown`: the agent had not published the card. `NotYetValid`: before the card's `validFrom`. `Valid`: in
     * force. `Expired`: replaced, and its grace period over. `Revoked`: its revocation was already recorded.
     * `Compromised`: not revoked yet, but within the period that the later revocation disowned.
     */
    enum CardStatus {
        Unknown,
        NotYetValid,
        Valid,
        Expired,
        Revoked,
        Compromised
    }

    /**
     * @notice Why a card was revoked, named after RFC 5280 §5.3.1.
     * @dev `Unspecified`: no reason given. `KeyCompromise`: a private key is, or may be, in other hands. `Superseded`:
     * another card replaces it. `CessationOfOperation`: the agent has retired.
     */
    enum RevocationReason {
        Unspecified,
        KeyCompromise,
        Superseded,
        CessationOfOperation
    }

    /**
     * @notice Everything the registry keeps about one card, packed into one storage slot.
     * @param validFrom When the card was published; zero if it never was.
     * @param validUntil When the card stops being in force; zero for open-ended.
     * @param revokedAt When the revocation was recorded; zero if the card is not revoked.
     * @param compromisedSince Since when the revoker disowns what the card signed; zero for no such claim.
     * @param epoch Position of the card in the agent's history, from 0 without a gap.
     * @param suite Cipher suite of the card, copied from bytes 2 and 3 of its encoding.
     * @param reason Why the card was revoked; `Unspecified` while it is not.
     * @param hint Low 32 bits of `block.number` at publication, to find the log with one query. A hint only: some
     * chains answer `block.number` with the number of another chain's block.
     */
    struct Record {
        uint40 validFrom;
        uint40 validUntil;
        uint40 revokedAt;
        uint40 compromisedSince;
        uint32 epoch;
        uint16 suite;
        RevocationReason reason;
        uint32 hint;
    }

    /**
     * @notice A publication signed by an agent's controller, for {publishForMany}. The fields are the arguments of
     * {publishFor}.
     * @param agent Whose card it is.
     * @param card The card's bytes.
     * @param previous Id of the agent's current card; zero for its first.
     * @param previousValidUntil When the replaced card stops being in force; zero means now.
     * @param deadline Until when the signature may be used, that second included.
     * @param signature The controller's signature.
     */
    struct Publication {
        address agent;
        bytes card;
        CardId previous;
        uint40 previousValidUntil;
        uint40 deadline;
        bytes signature;
    }

    /**
     * @notice An agent published a card, which is its current one from now on.
     *
     * Off-chain code relies on these invariants:
     *
     * 1. `cardId` is `keccak256(card)`, so that any mirror may serve the bytes.
     * 2. The events of one agent carry the epochs 0, 1, 2, … in log order, each exactly once.
     * 3. `previous` is the `cardId` of the agent's event one epoch earlier, and zero exactly for epoch 0.
     * 4. `previousValidUntil` is zero exactly for epoch 0; else it is the resolved time, never zero and never earlier
     *    than the event's block, and equals `record(agent, previous).validUntil` forever after.
     * 5. An agent and card id pair occurs in one event at most: a card never comes back.
     * 6. At the end of the event's transaction, `current(agent)` is `cardId` or a card of a later epoch, and
     *    `record(agent, cardId).validFrom` is the time of the event's block.
     *
     * @param agent Whose card it is.
     * @param cardId Id of the card.
     * @param epoch Position of the card in the agent's history.
     * @param previous Id of the card it replaces, or zero for the first.
     * @param previousValidUntil When the replaced card stops being in force, or zero for the first.
     * @param card The card's bytes.
     */
    event CardPublished(
        address indexed agent,
        CardId indexed cardId,
        uint32 indexed epoch,
        CardId previous,
        uint40 previousValidUntil,
        bytes card
    );

    /**
     * @notice An agent revoked one of its cards.
     *
     * Off-chain code relies on these invariants:
     *
     * 1. A `CardPublished` event for the same agent and card id came earlier.
     * 2. An agent and card id pair occurs in one event at most, and nothing undoes it: the first revocation is final.
     * 3. `compromisedSince` is zero, or no earlier than the card's `validFrom` and no later than the event's block.
     * 4. `record(agent, cardId)` has this `reason`, this `compromisedSince` and the time of the event's block as
     *    `revokedAt` forever after.
     * 5. The agent's current card stays the same, even if it is the revoked one.
     *
     * @param agent Whose card it is.
     * @param cardId Id of the card.
     * @param reason Why it is revoked.
     * @param compromisedSince Since when the revoker disowns what the card signed; zero for no such claim.
     */
    event CardRevoked(address indexed agent, CardId indexed cardId, RevocationReason reason, uint40 compromisedSince);

    /**
     * @notice A publication of a batch was left out.
     *
     * Off-chain code relies on these invariants:
     *
     * 1. Nothing of the publication was recorded: it has no `CardPublished` event.
     * 2. `reason` is what {publishFor} reverts with when called with this publication in the same place: an ABI-encoded
     *    custom error of this interface.
     * 3. The relayer did not bring it about by sending too little gas.
     *
     * @param agent Whose publication it is.
     * @param index Place of the publication in the batch, from 0.
     * @param reason Why it was left out.
     */
    event PublicationSkipped(address indexed agent, uint256 index, bytes reason);

    /**
     * @notice Publishes a card, which replaces the agent's current one.
     * @dev Only the controller may call. `previous` is a compare-and-set: a call made on outdated knowledge, or
     * replayed, reverts. The card begins with version (1 byte), structure type (1 byte) and suite (2 bytes, big
     * endian); the registry reads the suite and nothing else. Clients check the rest, the proof of possession included.
     * Replacing a revoked card leaves its revocation as it is.
     * @param agent Whose card it is; not zero.
     * @param card The card's bytes, 4 to 4,096 of them.
     * @param previous Id of the agent's current card; zero for its first.
     * @param previousValidUntil When the replaced card stops being in force: zero means now, else no earlier than now.
     * Until then both cards are in force, so that messages under way stay valid. Must be zero for the first card.
     * @return cardId Id of the card, `keccak256(card)`.
     */
    function publish(
        address agent,
        bytes calldata card,
        CardId previous,
        uint40 previousValidUntil
    ) external returns (CardId cardId);

    /**
     * @notice Revokes a card, for good. It stays the agent's current card if it was, until another is published.
     * @dev The controller may call, and the guardian without a claim of compromise. Any of the agent's cards may be
     * revoked, expired ones too: their keys may leak later.
     * @param agent Whose card it is.
     * @param cardId Id of the card.
     * @param reason Why it is revoked.
     * @param compromisedSince Since when the agent disowns what the card signed: zero for no such claim, else no
     * earlier than the card's `validFrom` and no later than now. It is a claim made now about the past, and {statusAt}
     * shows it as one.
     */
    function revoke(address agent, CardId cardId, RevocationReason reason, uint40 compromisedSince) external;

    /**
     * @notice Publishes a card that the agent's controller has signed for. Anybody may hand it in, and pay for it.
     * @dev The signature is one by EIP-712, in the domain that `eip712Domain` (ERC-5267) describes, over
     * `Publish(address agent,bytes32 cardId,bytes32 previous,uint40 previousValidUntil,uint40 deadline)`: an ECDSA
     * signature of 65 bytes by the controller's key, or one that the controller's code accepts (ERC-1271) within
     * 300,000 gas. It works once: afterwards `previous` is not the current card, and never will be again.
     * @param agent Whose card it is; not zero.
     * @param card The card's bytes, 4 to 4,096 of them.
     * @param previous Id of the agent's current card; zero for its first.
     * @param previousValidUntil When the replaced card stops being in force, as in {publish}.
     * @param deadline Until when the signature may be used, that second included.
     * @param signature The controller's signature.
     * @return cardId Id of the card, `keccak256(card)`.
     */
    function publishFor(
        address agent,
        bytes calldata card,
        CardId previous,
        uint40 previousValidUntil,
        uint40 deadline,
        bytes calldata signature
    ) external returns (CardId cardId);

    /**
     * @notice Publishes many signed cards. Leaves out those that {publishFor} would refuse, and reports each.
     * @dev Reverts as a whole when so little gas is left that the next publication might fail for lack of it: 800,000,
     * and 32 for each byte of its card and signature. Most of it is not spent.
     * @param publications The publications, in this order.
     * @return published How many were published; the others have a {PublicationSkipped} event.
     */
    function publishForMany(Publication[] calldata publications) external returns (uint256 published);

    /**
     * @notice Revokes a card by a revocation that the agent's controller has signed. Anybody may hand it in.
     * @dev As {publishFor}, over
     * `Revoke(address agent,bytes32 cardId,uint8 reason,uint40 compromisedSince,uint40 deadline)`. It works once, since
     * the first revocation is final.
     * @param agent Whose card it is; not zero.
     * @param cardId Id of the card.
     * @param reason Why it is revoked.
     * @param compromisedSince Since when the agent disowns what the card signed, as in {revoke}.
     * @param deadline Until when the signature may be used, that second included.
     * @param signature The controller's signature.
     */
    function revokeFor(
        address agent,
        CardId cardId,
        RevocationReason reason,
        uint40 compromisedSince,
        uint40 deadline,
        bytes calldata signature
    ) external;

    /**
     * @notice Reads an agent's current card, which may be revoked.
     * @param agent Whose card to read.
     * @return cardId Id of the card, or zero if the agent has none.
     * @return cardRecord Its record, or zeros if the agent has none.
     */
    function current(address agent) external view returns (CardId cardId, Record memory cardRecord);

    /**
     * @notice Reads the record of one of an agent's cards.
     * @param agent Whose card it is.
     * @param cardId Id of the card.
     * @return cardRecord Its record, or zeros if the agent never published it.
     */
    function record(address agent, CardId cardId) external view returns (Record memory cardRecord);

    /**
     * @notice Says what a card was worth at `time`, as it was known at `asOf`.
     * @dev The answer for an `asOf` before the latest block never changes, whatever is published or revoked later. So
     * a message anchored at `asOf` keeps the verdict it had; a later claim of compromise shows only to those who ask
     * with a later `asOf`. An answer for the latest block's time, or a later one, holds for what is recorded so far.
     *
     * The first line that applies decides:
     *
     * 1. not published by `asOf`: `Unknown`
     * 2. `time < validFrom`: `NotYetValid`
     * 3. revoked by `asOf`, and `time >= revokedAt`: `Revoked`
     * 4. revoked by `asOf` with a claim of compromise, and `time >= compromisedSince`: `Compromised`
     * 5. `validUntil` is set, and `time >= validUntil`: `Expired`
     * 6. otherwise: `Valid`
     *
     * Revocation comes before expiry, since a caller may be lenient with a message that arrives just after a rotation,
     * but never with a key that its owner has disowned. None of the three is `Valid`.
     * @param agent Whose card it is.
     * @param cardId Id of the card.
     * @param time Time asked about.
     * @param asOf Time of the knowledge asked for; no earlier than `time`.
     * @return status What the card was worth.
     */
    function statusAt(address agent, CardId cardId, uint40 time, uint40 asOf) external view returns (CardStatus status);

    /**
     * @notice Says whether an ERC-8004 agent names an address as its wallet, now. Nothing of it is kept, so that the
     * link ends by itself when the ERC-8004 agent is sold.
     * @dev False, too, if the identity registry has no code, reverts, or spends more than 100,000 gas. Who asks decides
     * which identity registry counts.
     * @param identityRegistry An ERC-8004 identity registry.
     * @param erc8004Id Id of the agent there.
     * @param agent The address; never linked if zero.
     * @return linked Whether it does.
     */
    function isErc8004Wallet(
        address identityRegistry,
        uint256 erc8004Id,
        address agent
    ) external view returns (bool linked);
}
