// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";
import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {AgentControl} from "./AgentControl.sol";
import {IAgentControl} from "./interfaces/IAgentControl.sol";
import {CardId, IAgentRegistry} from "./interfaces/IAgentRegistry.sol";
import {IERC8004Identity} from "./interfaces/IERC8004Identity.sol";
import {BoundedCall} from "./libraries/BoundedCall.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {TypedData} from "./libraries/TypedData.sol";

/**
 * @title AgentRegistry
 * @author Herald
 * @notice Keeps the history of every agent's cards; see {IAgentRegistry}. Has no owner and no upgrade.
 *
 * It has no constructor and no immutable either, so that its code is the same wherever it stands.
 */
contract AgentRegistry is AgentControl, IAgentRegistry, IERC5267, IERC165 {
    /// @dev Version (1 byte), structure type (1 byte), suite (2 bytes): what every card begins with.
    uint256 private constant MIN_CARD_BYTES = 4;

    /// @dev Three times the size of a post-quantum card; bounds what a reader of the logs must take.
    uint256 private constant MAX_CARD_BYTES = 4096;

    /// @dev What any publication may need, beside its bytes: a wallet's answer, and new slots at prices to come.
    uint256 private constant PUBLICATION_GAS = 800_000;

    /// @dev What a byte of card or signature may need: to be copied, hashed, logged, and held in a batch's memory.
    uint256 private constant BYTE_GAS = 32;

    /// @dev Several times what the ERC-8004 registry needs behind its proxy.
    uint256 private constant ERC8004_GAS = 100_000;

    /// @dev ERC-5267: the domain has name, version, chain id and contract.
    bytes1 private constant DOMAIN_FIELDS = 0x0f;

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
        _requireController(agent);

        return _publish(agent, card, previous, previousValidUntil);
    }

    /// @inheritdoc IAgentRegistry
    function publishFor(
        address agent,
        bytes calldata card,
        CardId previous,
        uint40 previousValidUntil,
        uint40 deadline,
        bytes calldata signature
    ) external returns (CardId cardId) {
        cardId = _idOf(card);
        bytes32 digest = TypedData.publication(agent, cardId, previous, previousValidUntil, deadline);
        _requireSignature(agent, digest, deadline, signature);
        _publish(agent, card, previous, previousValidUntil);
    }

    /// @inheritdoc IAgentRegistry
    function publishForMany(Publication[] calldata publications) external returns (uint256 published) {
        uint256 count = publications.length;
        for (uint256 i = 0; i < count; ++i) {
            Publication calldata item = publications[i];
            uint256 gasFloor = PUBLICATION_GAS + BYTE_GAS * (item.card.length + item.signature.length);
            uint256 gasLeft = gasleft();
            require(gasLeft >= gasFloor, AgentRegistryGasBelowFloor(i, gasLeft, gasFloor));

            try
                this.publishFor(
                    item.agent,
                    item.card,
                    item.previous,
                    item.previousValidUntil,
                    item.deadline,
                    item.signature
                )
            {
                ++published;
            } catch (bytes memory reason) {
                emit PublicationSkipped(item.agent, i, reason);
            }
        }
    }

    /// @inheritdoc IAgentRegistry
    function revoke(address agent, CardId cardId, RevocationReason reason, uint40 compromisedSince) external {
        if (msg.sender != controllerOf(agent)) {
            require(_isGuardian(agent, msg.sender), AgentRegistryUnauthorized(agent, msg.sender));
            require(compromisedSince == 0, AgentRegistryGuardianBackdates(agent, msg.sender, compromisedSince));
        }
        _revoke(agent, cardId, reason, compromisedSince);
    }

    /// @inheritdoc IAgentRegistry
    function revokeFor(
        address agent,
        CardId cardId,
        RevocationReason reason,
        uint40 compromisedSince,
        uint40 deadline,
        bytes calldata signature
    ) external {
        bytes32 digest = TypedData.revocation(agent, cardId, reason, compromisedSince, deadline);
        _requireSignature(agent, digest, deadline, signature);
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

    /// @inheritdoc IAgentRegistry
    function isErc8004Wallet(
        address identityRegistry,
        uint256 erc8004Id,
        address agent
    ) external view returns (bool linked) {
        bytes memory question = abi.encodeCall(IERC8004Identity.getAgentWallet, (erc8004Id));
        (, bytes32 wallet) = BoundedCall.staticcallWord(identityRegistry, ERC8004_GAS, question);
        return agent != address(0) && wallet == bytes32(uint256(uint160(agent)));
    }

    /// @inheritdoc IERC5267
    function eip712Domain()
        external
        view
        returns (
            bytes1 fields,
            string memory name,
            string memory version,
            uint256 chainId,
            address verifyingContract,
            bytes32 salt,
            uint256[] memory extensions
        )
    {
        return (
            DOMAIN_FIELDS,
            TypedData.NAME,
            TypedData.VERSION,
            block.chainid,
            address(this),
            bytes32(0),
            new uint256[](0)
        );
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) external pure returns (bool supported) {
        return
            interfaceId == type(IERC165).interfaceId ||
            interfaceId == type(IERC5267).interfaceId ||
            interfaceId == type(IAgentControl).interfaceId ||
            interfaceId == type(IAgentRegistry).interfaceId;
    }

    /**
     * @notice Publishes for an agent whose consent is established.
     * @param agent Whose card it is.
     * @param card The card's bytes.
     * @param previous Id of the card to replace, or zero.
     * @param previousValidUntil When that card ends; zero means now.
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

        cardId = _idOf(card);
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
     * @param previousValidUntil When it ends; zero means now.
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
     * @notice Reverts unless the agent's controller has signed.
     * @param agent Agent acted for.
     * @param digest What it has to sign.
     * @param deadline Until when the signature may be used.
     * @param signature The signature.
     */
    function _requireSignature(address agent, bytes32 digest, uint40 deadline, bytes calldata signature) private view {
        uint40 timestamp = uint40(block.timestamp);
        require(agent != address(0), AgentRegistryZeroAgent());
        require(timestamp <= deadline, AgentRegistryExpiredSignature(agent, deadline, timestamp));

        address controller = controllerOf(agent);
        Signatures.Verdict verdict = Signatures.check(controller, digest, signature);
        require(verdict != Signatures.Verdict.Malleable, AgentRegistryMalleableSignature(agent, controller, digest));
        require(verdict == Signatures.Verdict.Valid, AgentRegistryInvalidSignature(agent, controller, digest));
    }

    /**
     * @notice Names a card.
     * @param card The card's bytes.
     * @return cardId Its id.
     */
    function _idOf(bytes calldata card) private pure returns (CardId cardId) {
        return CardId.wrap(keccak256(card));
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
