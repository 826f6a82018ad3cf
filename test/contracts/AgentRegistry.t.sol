// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AgentRegistry} from "../../contracts/AgentRegistry.sol";
import {CardId, IAgentRegistry} from "../../contracts/interfaces/IAgentRegistry.sol";
import {idOf, makeCard, NO_CARD, within} from "./support/Cards.sol";
import {VM} from "./support/Vm.sol";

/**
 * @title AgentRegistryTest
 * @author Herald
 * @notice Fuzz tests of single calls and short stories.
 */
contract AgentRegistryTest {
    /// @dev The life of one card. Times are absolute; zero for what does not happen.
    struct Life {
        uint40 published;
        uint40 replaced;
        uint40 validUntil;
        uint40 revoked;
        uint40 compromisedSince;
    }

    uint40 private constant START = 2_000_000_000;
    uint40 private constant SPAN = 1000;
    address private constant AGENT = 0xA11ce0000000000000000000000000000000a11c;

    AgentRegistry private immutable REGISTRY = new AgentRegistry();

    function testFuzz_publishKeepsIdAndSuite(uint256 seed, uint256 length, uint16 suite) external {
        bytes memory card = makeCard(seed, within(length, 4, 4096), suite);
        VM.warp(START);
        VM.prank(AGENT);
        CardId returned = REGISTRY.publish(AGENT, card, NO_CARD, 0);
        (CardId current, IAgentRegistry.Record memory record) = REGISTRY.current(AGENT);
        require(_same(returned, idOf(card)), "returned id is not the hash");
        require(_same(current, returned), "published card is not current");
        require(record.suite == suite, "suite");
        require(record.validFrom == START, "validFrom");
        require(record.validUntil == 0 && record.revokedAt == 0 && record.epoch == 0, "not fresh");
    }

    function testFuzz_publishTakesAnyBytes(bytes calldata card) external {
        bool fits = card.length >= 4 && card.length <= 4096;
        VM.prank(AGENT);
        try REGISTRY.publish(AGENT, card, NO_CARD, 0) returns (CardId cardId) {
            require(fits, "took a card of the wrong length");
            require(_same(cardId, idOf(card)), "id");
        } catch {
            require(!fits, "refused a card of the right length");
        }
    }

    function testFuzz_onlyTheAgentPublishes(address caller, address agent) external {
        VM.prank(caller);
        try REGISTRY.publish(agent, makeCard(1, 64, 1), NO_CARD, 0) {
            require(caller == agent && agent != address(0), "someone else published");
        } catch {
            require(caller != agent || agent == address(0), "the agent could not publish");
        }
    }

    function testFuzz_onlyTheAgentRevokes(address caller) external {
        CardId cardId = _publishAt(START, makeCard(1, 64, 1), NO_CARD, 0);
        VM.prank(caller);
        try REGISTRY.revoke(AGENT, cardId, IAgentRegistry.RevocationReason.Unspecified, 0) {
            require(caller == AGENT, "someone else revoked");
        } catch {
            require(caller != AGENT, "the agent could not revoke");
        }
    }

    function testFuzz_publishTakesNoOtherPrevious(CardId previous) external {
        CardId first = _publishAt(START, makeCard(1, 64, 1), NO_CARD, 0);
        VM.prank(AGENT);
        try REGISTRY.publish(AGENT, makeCard(2, 64, 1), previous, 0) {
            require(_same(previous, first), "took a stale previous");
        } catch {
            require(!_same(previous, first), "refused the current card");
        }
    }

    function testFuzz_graceNeverEndsInThePast(uint40 previousValidUntil) external {
        CardId first = _publishAt(START, makeCard(1, 64, 1), NO_CARD, 0);
        uint40 timestamp = START + SPAN;
        VM.warp(timestamp);
        VM.prank(AGENT);
        try REGISTRY.publish(AGENT, makeCard(2, 64, 1), first, previousValidUntil) {
            uint40 expected = previousValidUntil == 0 ? timestamp : previousValidUntil;
            require(expected >= timestamp, "took an end in the past");
            require(REGISTRY.record(AGENT, first).validUntil == expected, "validUntil");
        } catch {
            require(previousValidUntil != 0 && previousValidUntil < timestamp, "refused an end to come");
        }
    }

    function testFuzz_compromiseLiesBetweenPublicationAndNow(uint40 compromisedSince) external {
        compromisedSince =
            uint40(within(compromisedSince, 0, 2)) == 0
                ? compromisedSince
                : uint40(within(compromisedSince, START - SPAN, START + 2 * SPAN));
        CardId cardId = _publishAt(START, makeCard(1, 64, 1), NO_CARD, 0);
        VM.warp(START + SPAN);
        bool fits = compromisedSince == 0 || (compromisedSince >= START && compromisedSince <= START + SPAN);
        VM.prank(AGENT);
        try REGISTRY.revoke(AGENT, cardId, IAgentRegistry.RevocationReason.KeyCompromise, compromisedSince) {
            require(fits, "took a compromise out of range");
            require(REGISTRY.record(AGENT, cardId).compromisedSince == compromisedSince, "compromisedSince");
        } catch {
            require(!fits, "refused a compromise in range");
        }
    }

    function testFuzz_statusAtAgreesWithItsReference(uint256 seed, uint40 time, uint40 asOf) external {
        Life memory life = _drawLife(seed);
        CardId cardId = _live(life, type(uint40).max);
        time = uint40(within(time, START - 10, START + 4 * SPAN));
        asOf = uint40(within(asOf, time, START + 4 * SPAN));
        require(REGISTRY.statusAt(AGENT, cardId, time, asOf) == _expectedStatus(life, time, asOf), "status");
    }

    function testFuzz_statusAtNeverChangesForAPastAsOf(uint256 seed, uint40 now_, uint40 time, uint40 asOf) external {
        Life memory life = _drawLife(seed);
        now_ = uint40(within(now_, START + 1, START + 3 * SPAN));
        asOf = uint40(within(asOf, START - 10, now_ - 1));
        time = uint40(within(time, START - 20, asOf));
        CardId cardId = _live(life, now_ - 1);
        IAgentRegistry.CardStatus before = REGISTRY.statusAt(AGENT, cardId, time, asOf);
        _liveOn(life, cardId, now_);
        require(REGISTRY.statusAt(AGENT, cardId, time, asOf) == before, "the past changed");
    }

    /**
     * @dev Draws a life: with and without replacement, grace, revocation and claim, in either order.
     * @param seed What to draw from.
     * @return life The life.
     */
    function _drawLife(uint256 seed) private pure returns (Life memory life) {
        life.published = START;
        if (seed & 1 != 0) {
            life.replaced = uint40(within(seed >> 8, START, START + 2 * SPAN));
            life.validUntil = uint40(within(seed >> 48, life.replaced, life.replaced + SPAN));
        }
        if (seed & 2 != 0) {
            life.revoked = uint40(within(seed >> 88, START, START + 3 * SPAN));
            if (seed & 4 != 0) life.compromisedSince = uint40(within(seed >> 128, START, life.revoked));
        }
    }

    /**
     * @dev Publishes the card and does what its life holds until `end`.
     * @param life The life.
     * @param end Last second of what is done.
     * @return cardId Id of the card.
     */
    function _live(Life memory life, uint40 end) private returns (CardId cardId) {
        cardId = _publishAt(life.published, makeCard(1, 64, 1), NO_CARD, 0);
        _liveBetween(life, cardId, 0, end);
    }

    /**
     * @dev Does what the life of a published card holds from `begin` on.
     * @param life The life.
     * @param cardId Id of the card.
     * @param begin First second of what is done.
     */
    function _liveOn(Life memory life, CardId cardId, uint40 begin) private {
        _liveBetween(life, cardId, begin, type(uint40).max);
    }

    function _liveBetween(Life memory life, CardId cardId, uint40 begin, uint40 end) private {
        bool replaces = life.replaced != 0 && life.replaced >= begin && life.replaced <= end;
        bool revokes = life.revoked != 0 && life.revoked >= begin && life.revoked <= end;
        bool revokesFirst = revokes && life.revoked < life.replaced;
        if (revokesFirst) _revokeAt(life, cardId);
        if (replaces) _publishAt(life.replaced, makeCard(2, 64, 1), cardId, life.validUntil);
        if (revokes && !revokesFirst) _revokeAt(life, cardId);
    }

    function _revokeAt(Life memory life, CardId cardId) private {
        VM.warp(life.revoked);
        VM.prank(AGENT);
        REGISTRY.revoke(AGENT, cardId, IAgentRegistry.RevocationReason.KeyCompromise, life.compromisedSince);
    }

    function _publishAt(
        uint40 timestamp,
        bytes memory card,
        CardId previous,
        uint40 previousValidUntil
    ) private returns (CardId cardId) {
        VM.warp(timestamp);
        VM.prank(AGENT);
        return REGISTRY.publish(AGENT, card, previous, previousValidUntil);
    }

    /**
     * @dev The rule again, from what happened rather than from the record: what someone would say who has read the log
     * up to `asOf` and nothing later.
     * @param life What happened.
     * @param time Time asked about.
     * @param asOf Time of the knowledge.
     * @return status The status.
     */
    function _expectedStatus(
        Life memory life,
        uint40 time,
        uint40 asOf
    ) private pure returns (IAgentRegistry.CardStatus status) {
        bool knowsCard = life.published <= asOf;
        bool knowsRevocation = life.revoked != 0 && life.revoked <= asOf;
        bool knowsReplacement = life.replaced != 0 && life.replaced <= asOf;
        bool isDisowned = knowsRevocation && life.compromisedSince != 0 && time >= life.compromisedSince;

        status = IAgentRegistry.CardStatus.Valid;
        if (knowsReplacement && time >= life.validUntil) status = IAgentRegistry.CardStatus.Expired;
        if (isDisowned) status = IAgentRegistry.CardStatus.Compromised;
        if (knowsRevocation && time >= life.revoked) status = IAgentRegistry.CardStatus.Revoked;
        if (time < life.published) status = IAgentRegistry.CardStatus.NotYetValid;
        if (!knowsCard) status = IAgentRegistry.CardStatus.Unknown;
    }

    function _same(CardId a, CardId b) private pure returns (bool equal) {
        return CardId.unwrap(a) == CardId.unwrap(b);
    }
}
