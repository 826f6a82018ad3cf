// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AgentRegistry} from "../../../contracts/AgentRegistry.sol";
import {CardId, IAgentRegistry} from "../../../contracts/interfaces/IAgentRegistry.sol";
import {idOf, makeCard, NO_CARD, within} from "./Cards.sol";
import {VM} from "./Vm.sol";

/**
 * @title RegistryHandler
 * @author Herald
 * @notice Uses a registry at random, in good and bad faith, and writes down what the invariants are checked against.
 */
contract RegistryHandler {
    /// @dev An answer of `statusAt` that is final, and so may be asked for again.
    struct Answer {
        address agent;
        CardId cardId;
        uint40 time;
        uint40 asOf;
        IAgentRegistry.CardStatus status;
    }

    /// @dev A revocation as the registry recorded it.
    struct Revocation {
        address agent;
        CardId cardId;
        uint40 revokedAt;
        uint40 compromisedSince;
        IAgentRegistry.RevocationReason reason;
    }

    uint256 public constant AGENTS = 3;
    uint40 public constant START = 2_000_000_000;
    uint256 private constant CARD_POOL = 12;
    uint256 private constant MAX_ANSWERS = 64;

    AgentRegistry public immutable REGISTRY;

    /// @notice The cards that each agent has published, in order.
    mapping(address agent => CardId[] cardIds) public history;

    /// @notice How often each agent has published a card.
    mapping(address agent => mapping(CardId cardId => uint256 times)) public timesPublished;

    /// @notice How often a call by someone else than the agent changed what the registry says about that agent.
    uint256 public foreignChanges;

    /// @notice How often a call that replaces another card than the current one, or that is a repetition, succeeded.
    uint256 public staleSuccesses;

    /// @notice How often a second revocation of a card succeeded.
    uint256 public secondRevocations;

    Answer[] private _answers;
    Revocation[] private _revocations;
    uint40 private _now = START;

    /// @dev Each call of the runner starts at the runner's own time.
    modifier atPresent() {
        VM.warp(_now);
        _;
    }

    constructor(AgentRegistry registry) {
        REGISTRY = registry;
    }

    /**
     * @notice Lets time pass.
     * @param by How many seconds.
     */
    function wait(uint256 by) external {
        _now += uint40(within(by, 1, 1000));
    }

    /**
     * @notice Publishes in good faith: the agent itself, with its current card as the previous one.
     * @param agentSeed Picks the agent.
     * @param cardSeed Picks the card, from a small pool, so that repetitions are tried.
     * @param grace Length of the grace period; zero for none.
     */
    function publish(uint256 agentSeed, uint256 cardSeed, uint256 grace) external atPresent {
        address agent = agentAt(agentSeed);
        (CardId previous, ) = REGISTRY.current(agent);
        uint40 graceEnd = _isZero(previous) || grace % 2 == 0 ? 0 : _now + uint40(within(grace, 0, 2000));
        _publish(agent, agent, cardSeed, previous, graceEnd);
    }

    /**
     * @notice Publishes on outdated knowledge: a replay, or a race lost.
     * @param agentSeed Picks the agent.
     * @param cardSeed Picks the card.
     * @param previousSeed Picks the previous card from the agent's history, or none.
     */
    function publishStale(uint256 agentSeed, uint256 cardSeed, uint256 previousSeed) external atPresent {
        address agent = agentAt(agentSeed);
        (CardId current, ) = REGISTRY.current(agent);
        CardId previous = pickCard(agent, previousSeed);
        if (_same(previous, current)) previous = NO_CARD;
        if (_same(previous, current)) return;
        if (_publish(agent, agent, cardSeed, previous, 0)) staleSuccesses++;
    }

    /**
     * @notice Publishes in another's name.
     * @param agentSeed Picks the agent.
     * @param callerSeed Picks the caller.
     * @param cardSeed Picks the card.
     */
    function publishForAnother(uint256 agentSeed, uint256 callerSeed, uint256 cardSeed) external atPresent {
        address agent = agentAt(agentSeed);
        (CardId previous, ) = REGISTRY.current(agent);
        _publish(_anotherThan(agentSeed, callerSeed), agent, cardSeed, previous, 0);
    }

    /**
     * @notice Revokes one of the agent's cards, which may be revoked already, or one it never published.
     * @param agentSeed Picks the agent.
     * @param cardSeed Picks the card.
     * @param sinceSeed Picks the start of the compromise; zero for no claim.
     * @param reasonSeed Picks the reason.
     */
    function revoke(uint256 agentSeed, uint256 cardSeed, uint256 sinceSeed, uint256 reasonSeed) external atPresent {
        IAgentRegistry.RevocationReason reason = IAgentRegistry.RevocationReason(reasonSeed % 4);
        address agent = agentAt(agentSeed);
        CardId cardId = pickCard(agent, cardSeed);
        IAgentRegistry.Record memory before = REGISTRY.record(agent, cardId);
        uint40 since = 0;
        if (sinceSeed % 2 == 1 && before.validFrom != 0) since = uint40(within(sinceSeed, before.validFrom, _now));
        if (!_revoke(agent, agent, cardId, reason, since)) return;

        if (before.revokedAt != 0) secondRevocations++;
        else _revocations.push(Revocation(agent, cardId, _now, since, reason));
    }

    /**
     * @notice Revokes in another's name.
     * @param agentSeed Picks the agent.
     * @param callerSeed Picks the caller.
     * @param cardSeed Picks the card.
     */
    function revokeForAnother(uint256 agentSeed, uint256 callerSeed, uint256 cardSeed) external atPresent {
        address agent = agentAt(agentSeed);
        CardId cardId = pickCard(agent, cardSeed);
        _revoke(_anotherThan(agentSeed, callerSeed), agent, cardId, IAgentRegistry.RevocationReason.KeyCompromise, 0);
    }

    /**
     * @notice Asks for a status as of the past, and keeps the answer.
     * @param agentSeed Picks the agent.
     * @param cardSeed Picks the card.
     * @param time Picks the time.
     * @param asOf Picks the time of the knowledge.
     */
    function ask(uint256 agentSeed, uint256 cardSeed, uint256 time, uint256 asOf) external {
        if (_now == START || _answers.length == MAX_ANSWERS) return;
        address agent = agentAt(agentSeed);
        CardId cardId = pickCard(agent, cardSeed);
        uint40 pastAsOf = uint40(within(asOf, START, _now - 1));
        uint40 pastTime = uint40(within(time, START, pastAsOf));
        _answers.push(Answer(agent, cardId, pastTime, pastAsOf, REGISTRY.statusAt(agent, cardId, pastTime, pastAsOf)));
    }

    /**
     * @notice The answers kept.
     * @return answers All of them.
     */
    function allAnswers() external view returns (Answer[] memory answers) {
        return _answers;
    }

    /**
     * @notice The revocations made.
     * @return revocations All of them.
     */
    function allRevocations() external view returns (Revocation[] memory revocations) {
        return _revocations;
    }

    /**
     * @notice How many cards an agent has published.
     * @param agent The agent.
     * @return count Their number.
     */
    function historyLength(address agent) external view returns (uint256 count) {
        return history[agent].length;
    }

    /**
     * @notice One of the agents.
     * @param seed Picks it.
     * @return agent Its address.
     */
    function agentAt(uint256 seed) public pure returns (address agent) {
        return address(uint160(0xA9E27000 + (seed % AGENTS)));
    }

    /**
     * @notice One of the cards that an agent has published, or none.
     * @param agent The agent.
     * @param seed Picks it.
     * @return cardId Its id, or zero.
     */
    function pickCard(address agent, uint256 seed) public view returns (CardId cardId) {
        uint256 length = history[agent].length;
        uint256 index = seed % (length + 1);
        return index == length ? NO_CARD : history[agent][index];
    }

    function _publish(
        address caller,
        address agent,
        uint256 cardSeed,
        CardId previous,
        uint40 previousValidUntil
    ) private returns (bool succeeded) {
        bytes memory card = makeCard(cardSeed % CARD_POOL, 64, uint16(cardSeed % CARD_POOL));
        bytes32[AGENTS] memory before = _digests();
        VM.prank(caller);
        try REGISTRY.publish(agent, card, previous, previousValidUntil) {
            succeeded = true;
            history[agent].push(idOf(card));
            timesPublished[agent][idOf(card)]++;
        } catch {
            succeeded = false;
        }
        _countForeignChanges(caller, agent, before, succeeded);
    }

    function _revoke(
        address caller,
        address agent,
        CardId cardId,
        IAgentRegistry.RevocationReason reason,
        uint40 since
    ) private returns (bool succeeded) {
        bytes32[AGENTS] memory before = _digests();
        VM.prank(caller);
        try REGISTRY.revoke(agent, cardId, reason, since) {
            succeeded = true;
        } catch {
            succeeded = false;
        }
        _countForeignChanges(caller, agent, before, succeeded);
    }

    function _countForeignChanges(
        address caller,
        address agent,
        bytes32[AGENTS] memory before,
        bool succeeded
    ) private {
        if (succeeded && caller != agent) foreignChanges++;
        bytes32[AGENTS] memory afterwards = _digests();
        for (uint256 i = 0; i < AGENTS; i++) {
            if (agentAt(i) != caller && afterwards[i] != before[i]) foreignChanges++;
        }
    }

    function _digests() private view returns (bytes32[AGENTS] memory digests) {
        for (uint256 i = 0; i < AGENTS; i++) {
            address agent = agentAt(i);
            (CardId current, IAgentRegistry.Record memory record) = REGISTRY.current(agent);
            bytes32 digest = keccak256(abi.encode(current, record));
            for (uint256 card = 0; card < CARD_POOL; card++) {
                digest = keccak256(abi.encode(digest, REGISTRY.record(agent, pickCard(agent, card))));
            }
            digests[i] = digest;
        }
    }

    function _anotherThan(uint256 agentSeed, uint256 callerSeed) private pure returns (address caller) {
        return agentAt((agentSeed % AGENTS) + 1 + (callerSeed % (AGENTS - 1)));
    }

    function _same(CardId a, CardId b) private pure returns (bool equal) {
        return CardId.unwrap(a) == CardId.unwrap(b);
    }

    function _isZero(CardId cardId) private pure returns (bool zero) {
        return _same(cardId, NO_CARD);
    }
}
