// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CardId, IAgentRegistry} from "./interfaces/IAgentRegistry.sol";

/**
 * @title AgentRegistry
 * @author Herald
 * @notice Keeps the history of every agent's cards; see {IAgentRegistry}. Has no owner and no upgrade.
 */
contract AgentRegistry is IAgentRegistry {
    /// @dev Version (1 byte), structure type (1 byte), suite (2 bytes): what every card begins with.
    uint256 private constant MIN_CARD_BYTES = 4;

    /// @dev Three times the size of a post-quantum card; bounds what a reader of the logs must take.
    uint256 private constant MAX_CARD_BYTES = 4096;

    /// @dev Never cleared, so that compare-and-set on it works as a nonce.
    mapping(address agent => CardId cardId) private _current;

    /// @dev The key commits to the card's bytes, so they need no storage.
    mapping(address agent => mapping(CardId cardId => Record cardRecord)) private _records;

    /// @inheritdoc IAgentRegistry
    function publish(
        address agent,
        bytes calldata card,
        CardId previous,
        uint40 previousValidUntil
    ) external returns (CardId cardId) {
        require(agent != address(0), AgentRegistryZeroAgent());
        _authorize(agent);

        return _publish(agent, card, previous, previousValidUntil);
    }

    /// @inheritdoc IAgentRegistry
    function revoke(address agent, CardId cardId, RevocationReason reason, uint40 compromisedSince) external {
        _authorize(agent);
        _revoke(agent, cardId, reason, compromisedSince);
    }

    /// @inheritdoc IAgentRegistry
    function current(address agent) external view returns (CardId cardId, Record memory cardRecord) {
        cardId = _current[agent];
        cardRecord = _records[agent][cardId];
    }

    /// @inheritdoc IAgentRegistry
    function record(address agent, CardId cardId) external view returns (Record memory cardRecord) {
        return _records[agent][cardId];
    }

    /// @inheritdoc IAgentRegistry
    function statusAt(
        address agent,
        CardId cardId,
        uint40 time,
        uint40 asOf
    ) external view returns (CardStatus status) {
        require(asOf >= time, AgentRegistryAsOfBeforeTime(time, asOf));
        Record memory known = _records[agent][cardId];

        if (known.validFrom == 0 || asOf < known.validFrom) return CardStatus.Unknown;
        if (time < known.validFrom) return CardStatus.NotYetValid;
        if (known.revokedAt != 0 && known.revokedAt <= asOf) {
            if (time >= known.revokedAt) return CardStatus.Revoked;
            if (known.compromisedSince != 0 && time >= known.compromisedSince) return CardStatus.Compromised;
        }
        if (known.validUntil != 0 && time >= known.validUntil) return CardStatus.Expired;
        return CardStatus.Valid;
    }

    /**
     * @notice Publishes for an agent whose consent is established.
     * @param agent Whose card it is.
     * @param card The card's bytes.
     * @param previous Id of the card to replace, or zero.
     * @param previousValidUntil When that card ends; zero for now.
     * @return cardId Id of the card.
     */
    function _publish(
        address agent,
        bytes calldata card,
        CardId previous,
        uint40 previousValidUntil
    ) private returns (CardId cardId) {
        require(card.length >= MIN_CARD_BYTES, AgentRegistryCardTooShort(card.length, MIN_CARD_BYTES));
        require(card.length <= MAX_CARD_BYTES, AgentRegistryCardTooLong(card.length, MAX_CARD_BYTES));
        CardId currentId = _current[agent];
        require(_same(previous, currentId), AgentRegistryStaleEpoch(agent, previous, currentId));

        cardId = CardId.wrap(keccak256(card));
        require(_records[agent][cardId].validFrom == 0, AgentRegistryDuplicateCard(agent, cardId));

        (uint32 epoch, uint40 resolvedUntil) = _endPrevious(agent, previous, previousValidUntil);
        _current[agent] = cardId;
        _records[agent][cardId] = Record({
            validFrom: uint40(block.timestamp),
            validUntil: 0,
            revokedAt: 0,
            compromisedSince: 0,
            epoch: epoch,
            suite: uint16(bytes2(card[2:4])),
            reason: RevocationReason.Unspecified,
            hint: uint32(block.number)
        });

        emit CardPublished(agent, cardId, epoch, previous, resolvedUntil, card);
    }

    /**
     * @notice Sets the end of the card that is being replaced, if there is one.
     * @param agent Whose card it is.
     * @param previous Id of the card, or zero.
     * @param previousValidUntil When it ends; zero for now.
     * @return epoch Epoch of the card that follows.
     * @return resolvedUntil When the replaced card ends, or zero if there is none.
     */
    function _endPrevious(
        address agent,
        CardId previous,
        uint40 previousValidUntil
    ) private returns (uint32 epoch, uint40 resolvedUntil) {
        if (_same(previous, CardId.wrap(0))) {
            require(previousValidUntil == 0, AgentRegistryGraceWithoutPrevious(agent, previousValidUntil));
            return (0, 0);
        }

        uint40 timestamp = uint40(block.timestamp);
        resolvedUntil = previousValidUntil == 0 ? timestamp : previousValidUntil;
        require(resolvedUntil >= timestamp, AgentRegistryGraceInPast(previousValidUntil, timestamp));

        Record storage ended = _records[agent][previous];
        ended.validUntil = resolvedUntil;
        epoch = ended.epoch + 1;
    }

    /**
     * @notice Revokes for an agent whose consent is established.
     * @param agent Whose card it is.
     * @param cardId Id of the card.
     * @param reason Why it is revoked.
     * @param compromisedSince Since when the agent disowns what the card signed, or zero.
     */
    function _revoke(address agent, CardId cardId, RevocationReason reason, uint40 compromisedSince) private {
        Record memory revoked = _records[agent][cardId];
        uint40 timestamp = uint40(block.timestamp);
        require(revoked.validFrom != 0, AgentRegistryUnknownCard(agent, cardId));
        require(revoked.revokedAt == 0, AgentRegistryAlreadyRevoked(agent, cardId, revoked.revokedAt));
        require(
            compromisedSince == 0 || (compromisedSince >= revoked.validFrom && compromisedSince <= timestamp),
            AgentRegistryCompromiseOutOfRange(compromisedSince, revoked.validFrom, timestamp)
        );

        revoked.revokedAt = timestamp;
        revoked.compromisedSince = compromisedSince;
        revoked.reason = reason;
        _records[agent][cardId] = revoked;

        emit CardRevoked(agent, cardId, reason, compromisedSince);
    }

    /**
     * @notice Reverts unless the caller may act for the agent. Only the agent itself may.
     * @param agent Agent acted for.
     */
    function _authorize(address agent) private view {
        require(msg.sender == agent, AgentRegistryUnauthorized(agent, msg.sender));
    }

    /**
     * @notice Compares two card ids.
     * @param a One id.
     * @param b The other id.
     * @return equal Whether they are the same.
     */
    function _same(CardId a, CardId b) private pure returns (bool equal) {
        return CardId.unwrap(a) == CardId.unwrap(b);
    }
}
